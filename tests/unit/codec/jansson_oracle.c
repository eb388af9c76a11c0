/* Apart from the test, since jansson and the project give some names to different things. */
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

bool jansson_accepts(const char *bytes, size_t count);

bool jansson_accepts(const char *bytes, size_t count) {
    json_error_t error;
    json_t *value = json_loadb(bytes, count, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    /* a number too large for a double or a long is JSON all the same */
    bool accepted = value != NULL || strstr(error.text, "too big") || strstr(error.text, "overflow");
    json_decref(value);
    return accepted;
}
