/* The flow picture: what is folded, that no boxes overlap and no text leaves its box, and that all pictures are XML. */
#include "fake_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "report/svg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint64_t eth = 1000000000;
static const int64_t noon = 1648036800;

static struct flow flow_of(const struct fake_case *f, struct arena *a) {
    struct flow flow;
    assert_int_equal(flow_make(&f->input, a, &flow, NULL), IMJIN_OK);
    return flow;
}

static void check_geometry(const struct flow *f) {
    for (uint32_t i = 0; i < f->node_count; i++) {
        const struct flow_node *a = f->nodes + i;
        assert_true(a->x >= 0 && a->x + FLOW_BOX_WIDTH <= f->width);
        assert_true(a->y >= FLOW_TOP && a->y + a->height <= f->height);
        assert_true(a->layer < f->layer_count);
        for (uint32_t k = i + 1; k < f->node_count; k++) {
            const struct flow_node *b = f->nodes + k;
            if (a->layer == b->layer)
                assert_true(a->y + a->height < b->y || b->y + b->height < a->y);
        }
    }
    for (uint32_t i = 0; i < f->piece_count; i++) {
        const struct flow_piece *p = f->pieces + i;
        const struct flow_node *left = f->nodes + p->left, *right = f->nodes + p->right;
        assert_int_equal(left->layer + 1, right->layer);
        assert_true(p->y_left >= left->y && p->y_left <= left->y + left->height);
        assert_true(p->y_right >= right->y && p->y_right <= right->y + right->height);
    }
}

/* Each line is drawn with at most 24 columns of 6.9 units behind a stripe of 6 and a margin of 6. */
static void check_text_fits(const struct fake_case *c, const struct flow *f) {
    for (uint32_t i = 0; i < f->box_count; i++) {
        struct flow_label label;
        assert_int_equal(flow_label_make(&c->input, f, f->nodes + i, &label, NULL), IMJIN_OK);
        assert_true(label.count >= 1 && label.count <= FLOW_LINES_MAX);
        assert_true((int32_t)label.count * FLOW_LINE_HEIGHT < f->nodes[i].height);
        flow_label_done(&label);
    }
    assert_true(24 * 69 + 60 + 60 <= FLOW_BOX_WIDTH);
    assert_true(22 * 75 + 60 + 60 <= FLOW_BOX_WIDTH);
}

static uint64_t accounts_in(const struct flow *f) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < f->box_count; i++)
        count += f->nodes[i].accounts;
    return count;
}

static void test_ronin(void **state) {
    struct arena a = {0};
    (void)state;
    struct fake_case *c = fake_ronin();
    struct flow f = flow_of(c, &a);
    check_geometry(&f);
    check_text_fits(c, &f);
    /* the source, six and six intermediaries, two times six depositors, five deposits, the pool; nothing folded */
    assert_int_equal(f.box_count, 1 + 6 + 6 + 12 + 5 + 1);
    assert_int_equal(f.folds, 0);
    assert_int_equal(f.links_hidden, 0);
    assert_int_equal(f.layer_count, 5);
    /* 6 payments to intermediaries, 6 on, 12 to depositors, 12 into the pool, 5 deposits */
    assert_int_equal(f.link_count, 6 + 6 + 12 + 12 + 5);
    arena_done(&a);
    fake_free(c);
}

static void check_large(uint32_t accounts) {
    struct arena a = {0};
    struct fake_case *c = fake_large(accounts);
    struct flow f = flow_of(c, &a);
    check_geometry(&f);
    check_text_fits(c, &f);
    assert_int_equal(accounts_in(&f), c->result.account_count);
    assert_true(f.layer_count <= PICTURE_LAYERS_MAX);
    assert_true(f.link_count <= PICTURE_EDGES_MAX);
    uint32_t in_layer[PICTURE_LAYERS_MAX] = {0};
    for (uint32_t i = 0; i < f.box_count; i++)
        in_layer[f.nodes[i].layer]++;
    for (unsigned i = 0; i < f.layer_count; i++)
        assert_true(in_layer[i] <= PICTURE_STOP_NODES + STOP_REASONS + 1);
    arena_done(&a);
    fake_free(c);
}

static void test_large(void **state) {
    (void)state;
    check_large(60);
    check_large(300);
    check_large(3000);
}

/* A row of accounts that each pass all on becomes one box. */
static void test_chain(void **state) {
    struct arena a = {0};
    (void)state;
    struct fake_case *c = fake_new();
    uint32_t from = c->source;
    fake_pay(c, fake_account(c, NULL), from, 5 * eth, noon);
    for (unsigned i = 0; i < 100; i++) {
        uint32_t to = fake_account(c, NULL);
        fake_pay(c, from, to, 5 * eth, noon + 60 * (i + 1));
        from = to;
    }
    fake_finish(c);
    struct flow f = flow_of(c, &a);
    check_geometry(&f);
    assert_int_equal(f.box_count, 3); /* source, 99 in a row, the last, which holds it */
    uint32_t chain = 0;
    while (!f.nodes[chain].is_chain)
        chain++;
    assert_int_equal(f.nodes[chain].accounts, 99);
    struct flow_label label;
    assert_int_equal(flow_label_make(&c->input, &f, f.nodes + chain, &label, NULL), IMJIN_OK);
    assert_string_equal(label.line[0].bytes, "99 in a row");
    flow_label_done(&label);
    arena_done(&a);
    fake_free(c);
}

/* Money that comes back, and money between accounts of one column. */
static void test_back_and_sideways(void **state) {
    struct arena a = {0};
    (void)state;
    struct fake_case *c = fake_new();
    uint32_t one = 0, two = 0, three = 0;
    fake_pay(c, fake_account(c, NULL), c->source, 9 * eth, noon);
    one = fake_account(c, NULL);
    two = fake_account(c, NULL);
    three = fake_account(c, NULL);
    fake_pay(c, c->source, one, 4 * eth, noon + 1);
    fake_pay(c, c->source, two, 4 * eth, noon + 2);
    fake_pay(c, one, two, 2 * eth, noon + 3);
    fake_pay(c, two, three, 6 * eth, noon + 4);
    fake_pay(c, three, one, 1 * eth, noon + 5);
    fake_finish(c);
    struct flow f = flow_of(c, &a);
    check_geometry(&f);
    unsigned back = 0, sideways = 0;
    for (uint32_t i = 0; i < f.link_count; i++) {
        back += f.links[i].backward;
        sideways += f.links[i].sideways;
    }
    assert_int_equal(back, 1);
    assert_int_equal(sideways, 1);
    struct text t = {0};
    assert_int_equal(report_svg(&t, &c->input, NULL), IMJIN_OK);
    assert_non_null(strstr(t.bytes, "Dashed: back to an earlier column"));
    text_done(&t);
    arena_done(&a);
    fake_free(c);
}

/* Suspicions are no part of the picture. */
static void test_suspected(void **state) {
    struct arena a = {0};
    (void)state;
    struct fake_case *c = fake_ronin();
    struct trace_theft *thefts = calloc(2, sizeof *thefts);
    assert_non_null(thefts);
    thefts[0] = thefts[1] = c->result.thefts[0];
    thefts[1].suspected = true;
    free(c->result.thefts);
    c->result.thefts = thefts;
    c->result.theft_count = 2;
    for (uint64_t i = 0; i < c->result.edge_count; i++)
        c->result.edges[i].theft = 1;
    struct flow f = flow_of(c, &a);
    assert_int_equal(f.box_count, 1);
    assert_int_equal(f.link_count, 0);
    struct text t = {0};
    assert_int_equal(report_html(&t, &c->input, NULL), IMJIN_OK);
    assert_non_null(strstr(t.bytes, "of unknown origin, suspected"));
    text_done(&t);
    arena_done(&a);
    fake_free(c);
}

/* The picture in the HTML is the file's, byte for byte. */
static void test_same_in_html(void **state) {
    (void)state;
    struct fake_case *c = fake_ronin();
    struct text svg = {0}, html = {0};
    assert_int_equal(report_svg(&svg, &c->input, NULL), IMJIN_OK);
    assert_int_equal(report_html(&html, &c->input, NULL), IMJIN_OK);
    const char *element = strstr(svg.bytes, "<svg");
    assert_non_null(element);
    assert_non_null(strstr(html.bytes, element));
    assert_null(strstr(html.bytes, "http://www.w3.org/1999/xlink"));
    assert_null(strstr(html.bytes, "src="));
    assert_null(strstr(html.bytes, "url("));
    text_done(&svg);
    text_done(&html);
    fake_free(c);
}

static void check_xml(const struct fake_case *c, const char *name, const struct text *t) {
    char path[128], command[320];
    snprintf(path, sizeof path, "%s/%s", c->directory, name);
    assert_int_equal(file_replace(path, t->bytes, t->count, NULL), IMJIN_OK);
    snprintf(command, sizeof command, "xmllint --noout --nonet %s", path);
    FILE *tool = popen(command, "r");
    assert_non_null(tool);
    assert_int_equal(pclose(tool), 0);
}

static void test_well_formed(void **state) {
    (void)state;
    if (access("/usr/bin/xmllint", X_OK) != 0)
        skip();
    struct fake_case *cases[] = {fake_ronin(), fake_large(500), fake_empty()};
    for (unsigned i = 0; i < 3; i++) {
        struct text svg = {0}, graph = {0};
        assert_int_equal(report_svg(&svg, &cases[i]->input, NULL), IMJIN_OK);
        assert_int_equal(report_graphml(&graph, NULL, &cases[i]->input, NULL), IMJIN_OK);
        check_xml(cases[i], "flow.svg", &svg);
        check_xml(cases[i], "graph.graphml", &graph);
        text_done(&svg);
        text_done(&graph);
        fake_free(cases[i]);
    }
}

/* A damaged result must not be trusted blindly: an account that is not in the ledger gives a clear error. */
static void test_unknown_account(void **state) {
    (void)state;
    struct fake_case *c = fake_ronin();
    struct error err = {0};
    struct text t = {0};
    c->result.accounts[3].account.n = 4000000;
    assert_int_not_equal(report_graphml(&t, NULL, &c->input, &err), IMJIN_OK);
    assert_true(err.text[0] != '\0');
    text_done(&t);
    fake_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ronin),       cmocka_unit_test(test_large),           cmocka_unit_test(test_chain),
        cmocka_unit_test(test_suspected),   cmocka_unit_test(test_same_in_html),    cmocka_unit_test(test_back_and_sideways),
        cmocka_unit_test(test_well_formed), cmocka_unit_test(test_unknown_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
