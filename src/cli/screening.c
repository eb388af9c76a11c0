#include "cli/screening.h"

enum { DAY_SECONDS = 86400 };

static enum imjin_status directory_of(struct desk *d, const char *name, char *ret_path, struct error *err) {
    TRY(desk_workspace(d, err));
    return path_join(ret_path, err, workspace_directory(d->workspace), name);
}

enum imjin_status screening_book_path(struct desk *d, char *ret_path, struct error *err) {
    char directory[PATH_BYTES_MAX];
    TRY(directory_of(d, "screen", directory, err));
    return path_join(ret_path, err, directory, "book.sqlite");
}

/* ---- which lists ---- */

static enum imjin_status add_word(struct buffer *names, const char *word, size_t bytes, struct error *err) {
    char *copy = memory_text(word, bytes);
    if (copy == NULL)
        return fail_memory(err, "names of lists");
    enum imjin_status status = buffer_push(names, &copy, NULL, err);
    if (status != IMJIN_OK)
        memory_free(copy);
    return status;
}

static enum imjin_status split_words(struct buffer *names, const char *text, struct error *err) {
    while (*text) {
        size_t bytes = strcspn(text, ", ");
        if (bytes)
            TRY(add_word(names, text, bytes, err));
        text += bytes + (text[bytes] != '\0');
    }
    return names->count ? IMJIN_OK : fail(err, IMJIN_USAGE, "--lists names no list");
}

static enum imjin_status name_lists(struct screening *s, const char *directory, const struct screening_choice *choice,
                                    struct error *err) {
    struct buffer names = {.item_bytes = sizeof(char *), .items_max = SCREEN_LISTS_MAX, .what = "lists at once"};
    if (choice->lists == NULL) {
        TRY(list_names(directory, &s->names, &s->name_count, err));
        return s->name_count ? IMJIN_OK
                             : fail(err, IMJIN_USAGE, "the workspace has no list yet; add one with: imjin lists add NAME FILE");
    }
    enum imjin_status status = split_words(&names, choice->lists, err);
    s->names = names.items;
    s->name_count = names.count;
    return status;
}

/* ---- opening ---- */

static enum imjin_status open_list(struct screening *s, const char *directory, const struct screening_choice *choice,
                                   size_t nth, bool *ret_open, struct error *err) {
    const char *name = s->names[nth];
    struct list **list = &s->lists[s->count];
    enum imjin_status status;
    if (choice->numbers)
        status = list_open_version(list, directory, name, choice->numbers[nth], err);
    else if (choice->as_of != LIST_DAY_NONE)
        status = list_open_as_of(list, directory, name, choice->as_of, err);
    else
        status = list_open(list, directory, name, err);
    *ret_open = status == IMJIN_OK;
    /* a list that began later than the day asked for was not in force then, unless it is asked for by name */
    return status == IMJIN_NOT_FOUND && choice->as_of != LIST_DAY_NONE && choice->lists == NULL ? IMJIN_OK : status;
}

static void describe(struct screening *s, const char *name) {
    unsigned i = s->count++;
    const struct list_version *v = list_version(s->lists[i]);
    int32_t published = list_info(s->lists[i])->published;
    sha256_print(&v->content, s->versions[i]);
    if (published == LIST_DAY_NONE)
        published = v->published;
    list_day_print(published, s->published[i]);
    if (published != LIST_DAY_NONE && (s->today == LIST_DAY_NONE || published > s->today))
        s->today = published;
    s->sources[i] = (struct screen_source){span_of(name), span_of(s->versions[i]), span_of(s->published[i]), s->lists[i]};
}

static enum imjin_status open_lists(struct screening *s, struct desk *d, const struct screening_choice *choice,
                                    struct error *err) {
    char directory[PATH_BYTES_MAX];
    TRY(desk_workspace(d, err));
    TRY(workspace_lists(d->workspace, directory, err));
    TRY(name_lists(s, directory, choice, err));
    if (s->name_count > SCREEN_LISTS_MAX)
        return fail(err, IMJIN_USAGE, "more than %d lists at once; choose some with --lists", SCREEN_LISTS_MAX);
    for (size_t i = 0; i < s->name_count; i++) {
        bool open;
        TRY(open_list(s, directory, choice, i, &open, err));
        if (open)
            describe(s, s->names[i]);
    }
    if (choice->as_of != LIST_DAY_NONE)
        s->today = choice->as_of;
    return s->count ? IMJIN_OK : fail(err, IMJIN_NOT_FOUND, "no list was in force on that day");
}

static enum imjin_status open_set(struct screening *s, struct desk *d, bool write, struct error *err) {
    char directory[PATH_BYTES_MAX], book[PATH_BYTES_MAX];
    struct screen_ruling *rulings;
    uint32_t count;
    TRY(directory_of(d, "screen", directory, err));
    TRY(screening_book_path(d, book, err));
    if (write)
        TRY(directory_make(directory, err));
    TRY(screen_book_open(&s->book, book, write, err));
    TRY(screen_rulings(s->book, &rulings, &count, &s->arena, err));
    return screen_set_open(&s->set, s->sources, s->count, rulings, count, directory, d->progress, err);
}

enum imjin_status screening_open(struct screening **ret, struct desk *d, const struct screening_choice *choice,
                                 struct error *err) {
    struct screening *s = memory_new(1, sizeof *s);
    if (s == NULL)
        return fail_memory(err, "the lists");
    s->today = LIST_DAY_NONE;
    enum imjin_status status = open_lists(s, d, choice, err);
    if (status == IMJIN_OK)
        status = open_set(s, d, choice->write, err);
    if (status != IMJIN_OK)
        screening_close(s);
    else
        *ret = s;
    return status;
}

void screening_saved_lists(const struct screening *s, struct screen_saved_list *ret) {
    for (unsigned i = 0; i < s->count; i++)
        ret[i] = (struct screen_saved_list){s->sources[i].name, list_version(s->lists[i])->number};
}

void screening_close(struct screening *s) {
    if (s == NULL)
        return;
    screen_set_close(s->set);
    screen_book_close(s->book);
    for (unsigned i = 0; i < s->count; i++)
        list_close(s->lists[i]);
    for (size_t i = 0; i < s->name_count; i++)
        memory_free(s->names[i]);
    memory_free(s->names);
    arena_done(&s->arena);
    memory_free(s);
}

/* ---- from the command line ---- */

static const enum option_id field_options[SCREEN_FIELDS] = {
    [SCREEN_NAME] = OPTIONS,         [SCREEN_DOB] = OPTION_DOB,    [SCREEN_COUNTRY] = OPTION_COUNTRY,
    [SCREEN_ID] = OPTION_ID,         [SCREEN_TYPE] = OPTION_TYPE,  [SCREEN_ADDRESS] = OPTION_ADDRESS,
    [SCREEN_GENDER] = OPTION_GENDER, [SCREEN_REFERENCE] = OPTIONS,
};

int32_t day_from_arguments(const struct arguments *a, enum option_id id) {
    const char *text = arguments_text(a, id);
    int64_t time;
    if (text == NULL || time_parse(&time, span_of(text), NULL) != IMJIN_OK)
        return LIST_DAY_NONE;
    return (int32_t)(time / DAY_SECONDS);
}

struct screening_choice screening_choice_from(const struct session *s, bool write) {
    return (struct screening_choice){.lists = arguments_text(&s->arguments, OPTION_LISTS),
                                     .as_of = day_from_arguments(&s->arguments, OPTION_AS_OF),
                                     .write = write};
}

bool query_is_given(const struct arguments *a) {
    for (unsigned i = 0; i < SCREEN_FIELDS; i++)
        if (field_options[i] != OPTIONS && arguments_has(a, field_options[i]))
            return true;
    return false;
}

enum imjin_status query_from_arguments(const struct session *s, struct screen_query *ret, const char *name, struct arena *a,
                                       struct error *err) {
    const char *texts[SCREEN_FIELDS] = {[SCREEN_NAME] = name};
    for (unsigned i = 0; i < SCREEN_FIELDS; i++)
        if (field_options[i] != OPTIONS)
            texts[i] = arguments_text(&s->arguments, field_options[i]);
    return screen_query_make(ret, texts, a, err);
}
