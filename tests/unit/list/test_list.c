#include "../unit.h"
#include "list/build.h"
#include "list/list.h"

#include <sys/stat.h>
#include <unistd.h>

/* A workspace's directory of lists, and files to read, both gone afterwards. */
static char base[64], lists[96];

static int begin(void **state) {
    (void)state;
    snprintf(base, sizeof base, "/tmp/imjin-list-XXXXXX");
    assert_non_null(mkdtemp(base));
    snprintf(lists, sizeof lists, "%s/lists", base);
    return 0;
}

static int end(void **state) {
    (void)state;
    memory_fail_at(0, false);
    return directory_remove(base, NULL) == IMJIN_OK ? 0 : -1;
}

static void put(char path[128], const char *name, const char *text) {
    snprintf(path, 128, "%s/%s", base, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    fclose(f);
}

static enum imjin_status add_file(const char *name, const char *file, const char *text, struct list_adding more,
                                  struct error *err) {
    char path[128];
    const char *paths[] = {path};
    struct list_version version;
    bool same;
    put(path, file, text);
    more.name = name, more.paths = paths, more.path_count = 1;
    if (more.now == 0)
        more.now = 1770000000;
    more.published = more.published ? more.published : LIST_DAY_NONE;
    return list_add(&version, &same, lists, &more, err);
}

static struct list *added(const char *file, const char *text) {
    struct list *l;
    struct error err = {0};
    if (add_file("l", file, text, (struct list_adding){0}, &err) != IMJIN_OK)
        fail_msg("%s: %s", file, err.text);
    assert_int_equal(list_open(&l, lists, "l", &err), IMJIN_OK);
    assert_int_equal(list_verify(lists, "l", NULL, &err), IMJIN_OK);
    return l;
}

static void refused(const char *file, const char *text, const char *why) {
    struct error err = {0};
    struct list *l;
    assert_int_equal(add_file("l", file, text, (struct list_adding){0}, &err), IMJIN_BAD_INPUT);
    if (strstr(err.text, why) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", file, err.text, why);
    assert_int_equal(list_open(&l, lists, "l", NULL), IMJIN_NOT_FOUND);
    char path[160];
    snprintf(path, sizeof path, "%s/l", lists);
    assert_false(directory_exists(path));
}

/* The first value of a property of an entity, which must be there and have this text. */
static struct list_value value(const struct list *l, const char *id, enum list_property property, const char *text) {
    uint64_t index;
    if (!list_find(l, span_of(id), &index))
        fail_msg("no %s", id);
    struct list_entity e = list_entity_at(l, index);
    for (uint64_t i = e.value_first; i < e.value_first + e.value_count; i++) {
        struct list_value v = list_value_at(l, i);
        if (v.property == property && span_is(v.text, text))
            return v;
    }
    fail_msg("%s has no %s %s", id, list_property_name(property), text);
    return (struct list_value){0};
}

static void day_is(int32_t day, const char *text) {
    char printed[LIST_DAY_PRINT_MAX];
    list_day_print(day, printed);
    assert_string_equal(printed, text);
}

static void test_days(void **state) {
    (void)state;
    static const char *const rows[][3] = {
        {"1963-07-28", "1963-07-28", "1963-07-28"},
        {"28 Jul 1963", "1963-07-28", "1963-07-28"},
        {"July 28, 1963", "1963-07-28", "1963-07-28"},
        {"28/07/1963", "1963-07-28", "1963-07-28"},
        {"dd/mm/1945", "1945-01-01", "1945-12-31"},
        {"dd/02/1948", "1948-02-01", "1948-02-29"},
        {"1963", "1963-01-01", "1963-12-31"},
        {"Feb 1900", "1900-02-01", "1900-02-28"},
        {"circa 1965", "1964-01-01", "1966-12-31"},
        {"1960 to 1963", "1960-01-01", "1963-12-31"},
        {"between 1960 and 1963", "1960-01-01", "1963-12-31"},
        {"1960s", "1960-01-01", "1969-12-31"},
        {"2026-02-27T00:00:09.554Z", "2026-02-27", "2026-02-27"},
        {"Aug 1962 to Sep 1963", "1962-08-01", "1963-09-30"},
        {"2008-09-10-04:00", "2008-09-10", "2008-09-10"},
        {"9999", "9999-01-01", "9999-12-31"},
        {"2000-02-29", "2000-02-29", "2000-02-29"},
        {"0001-01-01", "0001-01-01", "0001-01-01"},
    };
    static const char *const none[] = {"31 Feb 1970", "1970-02-31",   "0", "0000",    "year 0", "00/00/0000", "29/02/1900",
                                       "1963-13-01",  "1963 to 1960", "",  "unknown", "12345",  "1963-07-32", "99999999"};
    int32_t from, to;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!list_day_parse(span_of(rows[i][0]), &from, &to))
            fail_msg("%s is no day", rows[i][0]);
        day_is(from, rows[i][1]);
        day_is(to, rows[i][2]);
    }
    for (unsigned i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(list_day_parse(span_of(none[i]), &from, &to));
    assert_int_equal(day_of(1970, 1, 1), 0);
    assert_int_equal(day_of(2000, 3, 1), 11017);
}

static void test_wallets(void **state) {
    (void)state;
    static const struct {
        const char *text, *key;
        enum list_checksum checksum;
    } rows[] = {
        {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
         LIST_CHECKSUM_GOOD}, /* EIP-55 */
        {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", LIST_CHECKSUM_BAD},
        {"0X5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", LIST_CHECKSUM_NONE},
        {" 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", LIST_CHECKSUM_GOOD},
        {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", LIST_CHECKSUM_BAD},
        {"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", LIST_CHECKSUM_GOOD},
        {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", LIST_CHECKSUM_BAD},
        {"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", LIST_CHECKSUM_GOOD},
        {"bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
         LIST_CHECKSUM_GOOD},
        {"11111111111111111111111111111111", "11111111111111111111111111111111",
         LIST_CHECKSUM_NONE}, /* Solana's system program */
    };
    char key[LIST_WALLET_MAX + 1], long_text[LIST_WALLET_MAX + 2];
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(list_wallet_key(span_of(rows[i].text), key), strlen(rows[i].key));
        assert_string_equal(key, rows[i].key);
        assert_int_equal(list_wallet_checksum(span_of(rows[i].text)), rows[i].checksum);
    }
    memset(long_text, 'a', sizeof long_text);
    assert_int_equal(list_wallet_key((struct span){long_text, LIST_WALLET_MAX + 1}, key), 0);
    assert_int_equal(list_wallet_key(span_of("  "), key), 0);
}

#define UN_BEGIN "<?xml version='1.0'?><CONSOLIDATED_LIST dateGenerated='2026-02-27T00:00:00Z'><INDIVIDUALS>"
#define UN_END   "</INDIVIDUALS></CONSOLIDATED_LIST>"
#define UN_PERSON(id, name)                                                                                                    \
    "<INDIVIDUAL><FIRST_NAME>" name "</FIRST_NAME><REFERENCE_NUMBER>" id " </REFERENCE_NUMBER></INDIVIDUAL>"

static void test_un(void **state) {
    (void)state;
    struct list *l = added(
        "un.xml", UN_BEGIN
        "<INDIVIDUAL><FIRST_NAME>SAM</FIRST_NAME><SECOND_NAME>PLE</SECOND_NAME><REFERENCE_NUMBER>XXi.001 </REFERENCE_NUMBER>"
        "<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>One; Two</ALIAS_NAME></INDIVIDUAL_ALIAS>"
        "<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1965</YEAR></INDIVIDUAL_DATE_OF_BIRTH>"
        "<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>P 1</NUMBER>"
        "<ISSUING_COUNTRY>Democratic People's Republic of Korea</ISSUING_COUNTRY></INDIVIDUAL_DOCUMENT>"
        "<SHOE_SIZE>44</SHOE_SIZE></INDIVIDUAL>" UN_END);
    assert_true(value(l, "un:XXi.001", LIST_NAME, "SAM PLE").primary);
    assert_int_equal(value(l, "un:XXi.001", LIST_NAME, "Two").strength, LIST_WEAK);
    struct list_value birth = value(l, "un:XXi.001", LIST_BIRTH_DATE, "circa 1965");
    day_is(birth.day_from, "1964-01-01");
    day_is(birth.day_to, "1966-12-31");
    assert_true(span_is(value(l, "un:XXi.001", LIST_PASSPORT, "P 1").country, "kp"));
    day_is(list_info(l)->published, "2026-02-27");
    assert_int_equal(list_info(l)->notes, 1);
    assert_true(span_is(list_note_at(l, 0).text, "/INDIVIDUAL/SHOE_SIZE"));
    list_close(l);
}

static void test_ofac_tables(void **state) {
    (void)state;
    char paths[4][128];
    const char *const files[] = {paths[3], paths[1], paths[2], paths[0]}; /* in any order */
    struct list_version version;
    struct error err = {0};
    struct list *l;
    bool same;
    put(paths[0], "sdn.csv",
        "7,\"DOE, Jan\",\"individual\",\"AAA] [BBB\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB circa 1970; alt. DOB 02 Mar "
        "1971; Passport "
        "X12 (Iran); alt. Digital Currency Address - ETH 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed; a.k.a. 'NICK'; Linked To: "
        "SOME TRU\"\r\n\x1a");
    put(paths[1], "alt.csv", "7,1,\"fka\",\"OLD, Jan\",-0- \r\n");
    put(paths[2], "add.csv", "7,1,\"Main St 1\",\"Town\",\"North Korea\",-0- \r\n");
    put(paths[3], "sdn_comments.csv", "7,\"ST LTD.\"\r\n");
    struct list_adding adding = {
        .name = "ofac", .paths = files, .path_count = 4, .published = LIST_DAY_NONE, .now = 86400 * 20000};
    if (list_add(&version, &same, lists, &adding, &err) != IMJIN_OK)
        fail_msg("%s", err.text);
    assert_string_equal(version.format, "ofac-csv");
    assert_int_equal(version.in_force, 20000);
    assert_int_equal(list_open(&l, lists, "ofac", &err), IMJIN_OK);
    (void)value(l, "ofac:7", LIST_PROGRAM, "BBB");
    (void)value(l, "ofac:7", LIST_BIRTH_DATE, "02 Mar 1971");
    (void)value(l, "ofac:7", LIST_ASSOCIATE, "SOME TRUST LTD");
    assert_int_equal(value(l, "ofac:7", LIST_NAME, "NICK").strength, LIST_WEAK);
    assert_int_equal(value(l, "ofac:7", LIST_NAME, "OLD, Jan").strength, LIST_FORMER);
    assert_true(span_is(value(l, "ofac:7", LIST_PASSPORT, "X12").country, "ir"));
    assert_true(span_is(value(l, "ofac:7", LIST_ADDRESS, "Main St 1, Town, North Korea").country, "kp"));
    struct list_value wallet = value(l, "ofac:7", LIST_WALLET, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
    assert_true(span_is(wallet.kind, "ETH"));
    assert_int_equal(wallet.checksum, LIST_CHECKSUM_GOOD);
    list_close(l);
    assert_int_equal(list_add(&version, &same, lists, &adding, &err), IMJIN_OK);
    assert_true(same);
    assert_int_equal(version.number, 1);
}

static void test_other_formats(void **state) {
    (void)state;
    static const struct {
        const char *file, *text, *format, *id;
        enum list_property property;
        const char *value;
    } rows[] = {
        {"enhanced.xml",
         "<sanctionsData><publicationInfo><dataAsOf>2025-01-10T00:00:00</dataAsOf></publicationInfo><entities><entity "
         "id='5'><generalInfo>"
         "<entityType>Entity</entityType></generalInfo><names><name><isPrimary>true</isPrimary><isLowQuality>false</"
         "isLowQuality><translations>"
         "<translation><isPrimary>true</isPrimary><formattedFullName>FIRM</formattedFullName></translation></translations></"
         "name></names>"
         "<relationships><relationship><type>Owned or Controlled By</type><relatedEntity "
         "entityId='6'>BOSS</relatedEntity></relationship>"
         "</relationships></entity></entities></sanctionsData>",
         "ofac-enhanced", "ofac:5", LIST_OWNER, "ofac:6"},
        {"sdn.xml",
         "<sdnList><publshInformation><Publish_Date>09/10/2026</Publish_Date></publshInformation><sdnEntry><uid>5</"
         "uid><lastName>FIRM</lastName>"
         "<sdnType>Entity</sdnType><idList><id><uid>1</uid><idType>Digital Currency Address - TRX</idType>"
         "<idNumber>TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t</idNumber></id></idList></sdnEntry></sdnList>",
         "ofac-xml", "ofac:5", LIST_WALLET, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"},
        {"advanced.xml",
         "<Sanctions><DateOfIssue><Year>2026</Year><Month>7</Month><Day>30</Day></"
         "DateOfIssue><ReferenceValueSets><FeatureTypeValues>"
         "<FeatureType ID='8'>Birthdate</FeatureType></FeatureTypeValues></ReferenceValueSets><DistinctParties><DistinctParty "
         "FixedRef='5'>"
         "<Profile ID='5'><Identity ID='1'><Alias "
         "Primary='true'><DocumentedName><DocumentedNamePart><NamePartValue>FIRM</NamePartValue>"
         "</DocumentedNamePart></DocumentedName></Alias></Identity><Feature "
         "FeatureTypeID='8'><FeatureVersion><DatePeriod><Start><From>"
         "<Year>1960</Year><Month>1</Month><Day>1</Day></From></Start><End><To><Year>1960</Year><Month>12</Month><Day>31</"
         "Day></To></End>"
         "</DatePeriod></FeatureVersion></Feature></Profile></DistinctParty></DistinctParties></Sanctions>",
         "ofac-advanced", "ofac:5", LIST_BIRTH_DATE, "1960-01-01 to 1960-12-31"},
        {"eu.xml",
         "<export generationDate='2026-08-05T16:47:04+02:00'><sanctionEntity euReferenceNumber='EU.1.2' "
         "logicalId='9'><subjectType code='person'/>"
         "<nameAlias wholeName='A B' strong='false'/><birthdate circa='true' year='1960'/></sanctionEntity></export>",
         "eu-xml", "eu:EU.1.2", LIST_BIRTH_DATE, "circa 1960"},
        {"eu.csv",
         "fileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;NameAlias_WholeName;BirthDate_"
         "BirthDate\n"
         "05/08/2026;9;EU.1.2;P;A B;\n05/08/2026;9;EU.1.2;P;;1960-05-06\n",
         "eu-csv", "eu:EU.1.2", LIST_BIRTH_DATE, "1960-05-06"},
        {"uk.xml",
         "<Designations><DateGenerated>02/09/2026</DateGenerated><Designation><UniqueID>AAA1</"
         "UniqueID><IndividualEntityShip>Ship"
         "</IndividualEntityShip><Names><Name><Name1>M</Name1><Name6>V BOAT</Name6><NameType>Primary "
         "Name</NameType></Name></Names>"
         "</Designation></Designations>",
         "uk-xml", "uk:AAA1", LIST_NAME, "M V BOAT"},
        {"uk.csv",
         "Report Date: 02-Sep-2026\nLast Updated,Unique ID,OFSI Group ID,Name 6,Name 1,Name type,Regime Name,D.O.B\n"
         "01/01/2026,AAA1,7,B,A,Primary Name,R,dd/mm/1945\n01/01/2026,AAA1,7,C,A,Alias,R,dd/mm/1945\n",
         "uk-csv", "uk:AAA1", LIST_NAME, "A C"},
        {"ch.xml",
         "<swiss-sanctions-list date='2026-09-28'><target ssid='3'><individual sex='male'><identity main='true'><name "
         "name-type='primary-name'>"
         "<name-part order='1' name-part-type='family-name'><value>Xa</value><spelling-variant "
         "script='LATN'>Xb</spelling-variant></name-part>"
         "</name></identity></individual><modification modification-type='de-listed' effective-date='2024-01-01'/></target>"
         "</swiss-sanctions-list>",
         "ch-xml", "ch:3", LIST_NAME, "Xb"},
        {"ca.xml",
         "<data-set><record><Country-Pays>Nowhere / Nulle part</Country-Pays><LastName-NomDeFamille>B</LastName-NomDeFamille>"
         "<GivenName-Prenom>A</GivenName-Prenom><Schedule-Annexe>1</Schedule-Annexe><Item-NumeroDarticle>2</"
         "Item-NumeroDarticle></record></data-set>",
         "ca-xml", "ca:Nowhere/1/2", LIST_NAME, "A B"},
        {"ca-old.xml",
         "<data-set><record><Country>Nowhere</Country><EntityOrShip>F</EntityOrShip><Schedule>1</Schedule><Item>2</Item></"
         "record></data-set>",
         "ca-xml", "ca:Nowhere/1/2", LIST_NAME, "F"},
        {"csl.csv",
         "_id,source,entity_number,type,name,federal_register_notice,source_list_url,ids,addresses\n"
         "x1,Some List (SL) - Office,,Entity,F,,,\"Passport, U1, TR\",\"Road 1, Town, AE; TR\"\n",
         "us-csl", "csl:SL-x1", LIST_PASSPORT, "U1"},
        {"dpl.txt",
         "\"Name\"\t\"Street_Address\"\t\"Country\"\t\"Effective_Date\"\t\"Standard_Order\"\t\"FR_Citation\"\n\" A B\"\t\"R "
         "1\"\t\"US\"\t\"02/30/2017\"\t\"Y\"\t\"1\"\n",
         "us-dpl", NULL, LIST_NAME, NULL},
        {"own.jsonl",
         "{\"id\":\"a\",\"schema\":\"Person\",\"properties\":{\"name\":[\"N\"]}}\n{\"id\":\"c\",\"schema\":\"Company\","
         "\"properties\":{\"name\":[\"C\"]}}\n"
         "{\"id\":\"o\",\"schema\":\"Ownership\",\"properties\":{\"owner\":[\"a\"],\"asset\":[\"c\"],\"percentage\":[\"50.5 "
         "%\"]}}\n",
         "ftm", "c", LIST_OWNER, "a"},
        {"own.csv",
         "id,schema,name,alias,birthDate,country,wallet,currency\np1,Person,A B,C;D,1970-01-02,North "
         "Korea,1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa,ETH\n",
         "csv", "p1", LIST_NAME, "D"},
        {"sanctioned_addresses_XBT.txt",
         "# two\n1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\nBC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4\n", "wallets",
         "wallet:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", LIST_WALLET, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct list *l = added(rows[i].file, rows[i].text);
        if (!span_is(list_info(l)->format, rows[i].format))
            fail_msg("%s is read as %.*s", rows[i].file, (int)list_info(l)->format.count, list_info(l)->format.bytes);
        if (rows[i].id)
            (void)value(l, rows[i].id, rows[i].property, rows[i].value);
        list_close(l);
        assert_int_equal(directory_remove(lists, NULL), IMJIN_OK);
    }
    struct list *l = added(rows[12].file, rows[12].text);
    assert_int_equal(value(l, "c", LIST_OWNER, "a").share, 5050);
    list_close(l);
}

static void test_refusals(void **state) {
    (void)state;
    refused("empty.xml", "", "empty");
    refused("page.html", "<!DOCTYPE html><html><body>Service unavailable</body></html>", "HTML page");
    refused("doctype.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><CONSOLIDATED_LIST/>", "DOCTYPE");
    refused("none.xml", UN_BEGIN UN_END, "no record");
    refused("half.xml", UN_BEGIN UN_PERSON("A", "B"), "not well-formed");
    refused("renamed.xml", "<data-set><row><Land>X</Land><Nom>Y</Nom></row></data-set>", "no record");
    refused("renamed-fields.xml", "<data-set><record><Land>X</Land><Nom>Y</Nom></record></data-set>", "no id");
    refused("twice.xml", UN_BEGIN UN_PERSON("A", "B") UN_PERSON("A", "C") UN_END, "two records");
    refused("dots.xml", UN_BEGIN UN_PERSON("A", ". -") UN_END, "neither a letter nor a digit");
    refused("noname.xml", UN_BEGIN UN_PERSON("A", "") UN_END, "has a name or a wallet");
    refused("utf8.xml", UN_BEGIN UN_PERSON("A", "\xff") UN_END, "not well-formed");
    refused("utf8.csv", "id,schema,name\n1,Person,\xff\n", "not UTF-8");
    refused("other.xml", "<shopping><list/></shopping>", "no list known");
    refused("text.txt", "hello world, this is nothing\n", "no list known");
    refused("delta.xml", "<sanctionsData xmlns='https://www.treasury.gov/ofac/DeltaFile/1.0'><entities/></sanctionsData>",
            "whole list first");
    refused("ofac.csv", "1,a,b\n", "no list known");
}

static void test_known_name(void **state) {
    (void)state;
    struct error err = {0};
    assert_int_equal(add_file("eu", "un.xml", UN_BEGIN UN_PERSON("A", "Ann") UN_END, (struct list_adding){0}, &err),
                     IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "use another name"));
    assert_int_equal(add_file("un", "un.xml", UN_BEGIN UN_PERSON("A", "Ann") UN_END, (struct list_adding){0}, &err), IMJIN_OK);
}

static void many(struct text *t, const char *day, unsigned from, unsigned to, bool births) {
    text_clear(t);
    text_add_format(t, "<CONSOLIDATED_LIST dateGenerated='%s'><INDIVIDUALS>", day);
    for (unsigned i = from; i < to; i++)
        text_add_format(t, "<INDIVIDUAL><FIRST_NAME>N%u</FIRST_NAME><REFERENCE_NUMBER>R%u</REFERENCE_NUMBER>%s</INDIVIDUAL>", i,
                        i, births ? "<INDIVIDUAL_DATE_OF_BIRTH><YEAR>1960</YEAR></INDIVIDUAL_DATE_OF_BIRTH>" : "");
    text_add_string(t, "</INDIVIDUALS></CONSOLIDATED_LIST>");
}

static void next_refused(const struct text *t, const char *why) {
    struct error err = {0};
    struct list *l;
    assert_int_equal(add_file("l", "next.xml", t->bytes, (struct list_adding){0}, &err), IMJIN_BAD_INPUT);
    if (strstr(err.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
    assert_int_equal(list_open(&l, lists, "l", NULL), IMJIN_OK);
    assert_int_equal(list_version(l)->number, 1);
    assert_int_equal(list_entities(l), 100);
    list_close(l);
}

static void test_floors(void **state) {
    (void)state;
    struct text t = {0};
    struct error err = {0};
    struct list *l;
    many(&t, "2026-01-10", 0, 100, true);
    assert_int_equal(add_file("l", "first.xml", t.bytes, (struct list_adding){0}, &err), IMJIN_OK);
    many(&t, "2026-01-11", 0, 79, true);
    next_refused(&t, "far fewer records");
    many(&t, "2026-01-11", 0, 100, false);
    next_refused(&t, "birthDate");
    many(&t, "2026-01-11", 100, 200, true);
    next_refused(&t, "another list");
    many(&t, "2026-01-09", 0, 100, true);
    text_add_string(&t, "<!-- -->");
    next_refused(&t, "was published on 2026-01-09");
    assert_int_equal(add_file("l", "eu.xml",
                              "<export><sanctionEntity logicalId='1'><nameAlias wholeName='x'/></sanctionEntity></export>",
                              (struct list_adding){.accept_shrink = "no matter"}, &err),
                     IMJIN_BAD_INPUT);
    assert_int_equal(add_file("l", "old.xml", t.bytes, (struct list_adding){.allow_older = true}, &err), IMJIN_OK);
    many(&t, "2026-01-12", 0, 10, true);
    assert_int_equal(add_file("l", "few.xml", t.bytes, (struct list_adding){.accept_shrink = "ninety delisted"}, &err),
                     IMJIN_OK);
    assert_int_equal(list_open(&l, lists, "l", &err), IMJIN_OK);
    assert_string_equal(list_version(l)->accepted, "ninety delisted");
    list_close(l);
    assert_int_equal(list_verify(lists, "l", NULL, &err), IMJIN_OK);
    text_done(&t);
}

static void test_as_of_and_delta(void **state) {
    (void)state;
    struct error err = {0};
    struct list *before, *after;
    static const char whole[] =
        "<sanctionsData><publicationInfo><dataAsOf>2026-01-10T00:00:00</dataAsOf></publicationInfo><entities>"
        "<entity id='1'><names><name><isPrimary>true</isPrimary><translations><translation><isPrimary>true</isPrimary>"
        "<formattedFullName>ONE</formattedFullName></translation></translations></name></names><sanctionsPrograms>"
        "<sanctionsProgram>P</sanctionsProgram></sanctionsPrograms></entity>"
        "<entity id='2'><names><name><translations><translation><formattedFullName>TWO</formattedFullName></translation>"
        "</translations></name></names></entity></entities></sanctionsData>";
    static const char delta[] =
        "<sanctionsData xmlns='https://www.treasury.gov/ofac/DeltaFile/1.0'><publicationInfo><datePublished>2026-01-20"
        "</datePublished></publicationInfo><entities><entity id='1'><sanctionsPrograms><sanctionsProgram action='remove'>P"
        "</sanctionsProgram><sanctionsProgram action='add'>Q</sanctionsProgram></sanctionsPrograms></entity>"
        "<entity id='2' action='remove'/></entities></sanctionsData>";
    assert_int_equal(add_file("l", "whole.xml", whole, (struct list_adding){0}, &err), IMJIN_OK);
    assert_int_equal(add_file("l", "delta.xml", delta, (struct list_adding){0}, &err), IMJIN_OK);
    assert_int_equal(list_open_as_of(&before, lists, "l", day_of(2026, 1, 19), &err), IMJIN_OK);
    assert_int_equal(list_open_as_of(&after, lists, "l", day_of(2026, 1, 20), &err), IMJIN_OK);
    assert_int_equal(list_entities(before), 2);
    assert_int_equal(list_entities(after), 1);
    (void)value(before, "ofac:1", LIST_PROGRAM, "P");
    (void)value(after, "ofac:1", LIST_PROGRAM, "Q");
    (void)value(after, "ofac:1", LIST_NAME, "ONE");
    assert_int_equal(list_info(after)->filled[LIST_PROGRAM], 1);
    list_close(before);
    assert_int_equal(list_open_as_of(&before, lists, "l", day_of(2026, 1, 9), &err), IMJIN_NOT_FOUND);
    list_close(after);
}

/* Whatever byte is changed or cut off, the file is refused. */
static void test_damaged_file(void **state) {
    (void)state;
    char path[160], other[160], *bytes;
    uint64_t count;
    struct list *l = added("un.xml", UN_BEGIN UN_PERSON("A", "Ann") UN_PERSON("B", "Bob") UN_END);
    list_close(l);
    snprintf(path, sizeof path, "%s/l/v000001/list.bin", lists);
    snprintf(other, sizeof other, "%s/other.bin", base);
    assert_int_equal(file_read(path, 1 << 20, &bytes, &count, NULL), IMJIN_OK);
    for (uint64_t i = 0; i < count; i++) {
        FILE *f = fopen(other, "w");
        bytes[i] ^= 0x10;
        fwrite(bytes, 1, count, f);
        fclose(f);
        bytes[i] ^= 0x10;
        assert_int_equal(list_open_file(&l, other, NULL), IMJIN_BAD_INPUT);
        assert_int_equal(truncate(other, (off_t)i), 0);
        assert_int_not_equal(list_open_file(&l, other, NULL), IMJIN_OK);
    }
    memory_free(bytes);
    snprintf(path, sizeof path, "%s/l/chain", lists);
    assert_int_equal(file_read(path, 1 << 20, &bytes, &count, NULL), IMJIN_OK);
    for (uint64_t i = 0; i < count - 1; i++) {
        FILE *f = fopen(path, "w");
        bytes[i] ^= 1;
        fwrite(bytes, 1, count, f);
        fclose(f);
        bytes[i] ^= 1;
        assert_int_equal(list_open(&l, lists, "l", NULL), IMJIN_BAD_INPUT);
    }
    memory_free(bytes);
}

static enum imjin_status count_change(void *context, const struct list_change *c, struct error *err) {
    (void)err;
    ((unsigned *)context)[c->kind]++;
    return IMJIN_OK;
}

static void test_diff(void **state) {
    (void)state;
    struct error err = {0};
    struct list *x, *y;
    unsigned counts[3] = {0};
    static const char one[] = "id,schema,name\na,Person,A\nb,Person,B\nc,Person,C\n",
                      two[] = "id,schema,name\na,Person,A\nb,Person,BB\nd,Person,D\n";
    assert_int_equal(add_file("l", "1.csv", one, (struct list_adding){0}, &err), IMJIN_OK);
    assert_int_equal(add_file("l", "2.csv", two, (struct list_adding){0}, &err), IMJIN_OK);
    assert_int_equal(list_open_version(&x, lists, "l", 1, &err), IMJIN_OK);
    assert_int_equal(list_open_version(&y, lists, "l", 2, &err), IMJIN_OK);
    assert_int_equal(list_diff(x, y, count_change, counts, &err), IMJIN_OK);
    assert_int_equal(counts[LIST_ADDED], 1);
    assert_int_equal(counts[LIST_REMOVED], 1);
    assert_int_equal(counts[LIST_CHANGED], 1);
    list_close(x);
    list_close(y);
    assert_int_equal(list_open_version(&x, lists, "l", 3, &err), IMJIN_NOT_FOUND);
}

static void test_memory_fails(void **state) {
    (void)state;
    static const char text[] = UN_BEGIN UN_PERSON("A", "Ann") UN_END;
    for (uint64_t n = 1; n < 2000; n++) {
        struct error err = {0};
        struct list *l;
        memory_fail_at(n, false);
        enum imjin_status status = add_file("l", "un.xml", text, (struct list_adding){0}, &err);
        memory_fail_at(0, false);
        if (status == IMJIN_OK) {
            assert_int_equal(list_open(&l, lists, "l", NULL), IMJIN_OK);
            list_close(l);
            assert_true(n > 20);
            return;
        }
        assert_int_equal(list_open(&l, lists, "l", NULL), IMJIN_NOT_FOUND);
    }
    fail_msg("%s", "never succeeded");
}

static void test_fetch_refuses_other_urls(void **state) {
    (void)state;
    struct list_fetched fetched;
    char path[128];
    snprintf(path, sizeof path, "%s/fetched", base);
    static const char *const urls[] = {"http://example.org/x", "ftp://example.org/x", "http://127.0.0.1@example.org/", "x", ""};
    for (unsigned i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_int_equal(list_fetch(&fetched, urls[i], NULL, path, NULL, NULL), IMJIN_USAGE);
    assert_false(file_exists(path));
    struct list_source source;
    assert_true(list_source_at(0, &source));
    assert_true(span_is(source.name, "un"));
    assert_false(list_source_at(1000, &source));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_wallets),
        CASE(test_un),
        CASE(test_ofac_tables),
        CASE(test_other_formats),
        CASE(test_refusals),
        CASE(test_known_name),
        CASE(test_floors),
        CASE(test_as_of_and_delta),
        CASE(test_damaged_file),
        CASE(test_diff),
        CASE(test_memory_fails),
        CASE(test_fetch_refuses_other_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
