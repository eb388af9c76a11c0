/* Makes a workspace, imports a file of movements and follows one theft. Uses the installed library alone:
 *
 *     cc trace_one.c $(pkg-config --cflags --libs imjin) -o trace_one
 *     ./trace_one WORKSPACE MOVEMENTS SPEC
 */
#include <stdio.h>

#include <imjin/imjin.h>

static int failed(const struct imjin_error *error) {
    fprintf(stderr, "trace_one: %s\n", error->message);
    return (int)error->status;
}

static enum imjin_status print_result(const struct imjin_result *result, struct imjin_error *error) {
    for (uint64_t i = 0; i < imjin_result_theft_count(result); i++) {
        struct imjin_theft theft;
        enum imjin_status status = imjin_result_theft(result, i, &theft, error);
        if (status != IMJIN_OK)
            return status;
        printf("stolen by %s: %s %s; held %s, stopped %s, fees %s, cut off %s\n", theft.source, theft.stolen, theft.asset,
               theft.held, theft.stopped, theft.fees, theft.cut_off);
    }
    for (uint64_t i = 0; i < imjin_result_reached_count(result); i++) {
        struct imjin_reached reached;
        enum imjin_status status = imjin_result_reached(result, i, &reached, error);
        if (status != IMJIN_OK)
            return status;
        printf("%s %s %s\n", reached.address, reached.claim_peak, reached.stop);
    }
    return IMJIN_OK;
}

static enum imjin_status follow(struct imjin_workspace *workspace, const char *spec, struct imjin_error *error) {
    struct imjin_trace *trace;
    struct imjin_result *result;
    enum imjin_status status = imjin_trace_new(&trace, workspace, error);
    if (status != IMJIN_OK)
        return status;
    status = imjin_trace_from(trace, spec, error);
    if (status == IMJIN_OK)
        status = imjin_trace_run(trace, &result, error);
    if (status == IMJIN_OK) {
        status = print_result(result, error);
        imjin_result_free(result);
    }
    imjin_trace_free(trace);
    return status;
}

int main(int argc, char **argv) {
    struct imjin_error error = {0};
    struct imjin_workspace *workspace;
    struct imjin_import_result imported;
    if (argc != 4) {
        fprintf(stderr, "usage: trace_one WORKSPACE MOVEMENTS SPEC\n");
        return IMJIN_USAGE;
    }
    const char *files[] = {argv[2]};
    if (imjin_workspace_create(argv[1], &error) != IMJIN_OK ||
        imjin_workspace_open(&workspace, argv[1], "example", &error) != IMJIN_OK)
        return failed(&error);
    enum imjin_status status = imjin_import(workspace, files, 1, NULL, &imported, &error);
    if (status == IMJIN_OK)
        status = follow(workspace, argv[3], &error);
    imjin_workspace_close(workspace);
    return status == IMJIN_OK ? 0 : failed(&error);
}
