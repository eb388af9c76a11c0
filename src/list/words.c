#include "list/build.h"

const char *list_schema_name(enum list_schema schema) {
    static const char *const names[LIST_SCHEMAS] = {"LegalEntity", "Person",   "Organization", "Company",
                                                    "Vessel",      "Airplane", "CryptoWallet", "Security"};
    INVARIANT(schema < LIST_SCHEMAS);
    return names[schema];
}

const char *list_property_name(enum list_property property) {
    static const char *const names[LIST_PROPERTIES] = {
        [LIST_NAME] = "name",
        [LIST_BIRTH_DATE] = "birthDate",
        [LIST_DEATH_DATE] = "deathDate",
        [LIST_INCORPORATION_DATE] = "incorporationDate",
        [LIST_BIRTH_PLACE] = "birthPlace",
        [LIST_NATIONALITY] = "nationality",
        [LIST_COUNTRY] = "country",
        [LIST_GENDER] = "gender",
        [LIST_PASSPORT] = "passportNumber",
        [LIST_ID_NUMBER] = "idNumber",
        [LIST_TAX_NUMBER] = "taxNumber",
        [LIST_REGISTRATION_NUMBER] = "registrationNumber",
        [LIST_IMO_NUMBER] = "imoNumber",
        [LIST_MMSI] = "mmsi",
        [LIST_CALL_SIGN] = "callSign",
        [LIST_SWIFT_BIC] = "swiftBic",
        [LIST_WALLET] = "publicKey",
        [LIST_EMAIL] = "email",
        [LIST_PHONE] = "phone",
        [LIST_WEBSITE] = "website",
        [LIST_ADDRESS] = "address",
        [LIST_POSITION] = "position",
        [LIST_TITLE] = "title",
        [LIST_PROGRAM] = "program",
        [LIST_LEGAL_BASIS] = "legalBasis",
        [LIST_LISTING_DATE] = "listingDate",
        [LIST_END_DATE] = "endDate",
        [LIST_NOTES] = "notes",
        [LIST_OWNER] = "ownershipAsset",
        [LIST_OWNED] = "ownershipOwner",
        [LIST_FAMILY] = "familyRelative",
        [LIST_ASSOCIATE] = "associates",
        [LIST_ACTS_FOR] = "agencyClient",
        [LIST_OTHER] = "other",
    };
    INVARIANT(property < LIST_PROPERTIES);
    return names[property];
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

bool text_begins(struct span a, const char *word) {
    uint64_t i = 0;
    for (; i < a.count && word[i]; i++)
        if (lower(a.bytes[i]) != lower(word[i]))
            return false;
    return word[i] == 0;
}

bool text_same(struct span a, const char *word) { return a.count == strlen(word) && text_begins(a, word); }

struct span text_after(struct span a, uint64_t count) {
    return count < a.count ? (struct span){a.bytes + count, a.count - count} : (struct span){NULL, 0};
}

bool text_contains(struct span a, const char *word) {
    uint64_t length = strlen(word);
    for (uint64_t i = 0; i + length <= a.count; i++)
        if (text_begins(text_after(a, i), word))
            return true;
    return length == 0;
}

bool text_split(struct span *rest, const char *separator, struct span *ret_part) {
    uint64_t length = strlen(separator), i = 0;
    if (rest->bytes == NULL)
        return false;
    while (i + length <= rest->count && memcmp(rest->bytes + i, separator, length) != 0)
        i++;
    bool found = i + length <= rest->count;
    *ret_part = span_trim((struct span){rest->bytes, found ? i : rest->count});
    *rest = found ? (struct span){rest->bytes + i + length, rest->count - i - length} : (struct span){NULL, 0};
    return true;
}

/* The first row whose word stands in the type decides. */
static const struct {
    const char *word;
    enum list_property property;
} types[] = {
    {"digital currency", LIST_WALLET},
    {"crypto", LIST_WALLET},
    {"wallet", LIST_WALLET},
    {"passport", LIST_PASSPORT},
    {"pasaporte", LIST_PASSPORT},
    {"passeport", LIST_PASSPORT},
    {"IMO", LIST_IMO_NUMBER},
    {"vessel registration identification", LIST_IMO_NUMBER},
    {"MMSI", LIST_MMSI},
    {"call sign", LIST_CALL_SIGN},
    {"SWIFT", LIST_SWIFT_BIC},
    {"email", LIST_EMAIL},
    {"e-mail", LIST_EMAIL},
    {"website", LIST_WEBSITE},
    {"telephone", LIST_PHONE},
    {"phone", LIST_PHONE},
    {"fax", LIST_PHONE},
    {"tax", LIST_TAX_NUMBER},
    {"fiscal", LIST_TAX_NUMBER},
    {"R.F.C", LIST_TAX_NUMBER},
    {"RFC", LIST_TAX_NUMBER},
    {"V.A.T", LIST_TAX_NUMBER},
    {"VAT number", LIST_TAX_NUMBER},
    {"NIT #", LIST_TAX_NUMBER},
    {"RUC #", LIST_TAX_NUMBER},
    {"RTN", LIST_TAX_NUMBER},
    {"taxpayer", LIST_TAX_NUMBER},
    {"registration", LIST_REGISTRATION_NUMBER},
    {"registry", LIST_REGISTRATION_NUMBER},
    {"register", LIST_REGISTRATION_NUMBER},
    {"company number", LIST_REGISTRATION_NUMBER},
    {"legal entity", LIST_REGISTRATION_NUMBER},
    {"gazette", LIST_REGISTRATION_NUMBER},
    {"C.R. No", LIST_REGISTRATION_NUMBER},
    {"matricula", LIST_REGISTRATION_NUMBER},
    {"folio", LIST_REGISTRATION_NUMBER},
    {"trade license", LIST_REGISTRATION_NUMBER},
    {"chamber of commerce", LIST_REGISTRATION_NUMBER},
    {"credit code", LIST_REGISTRATION_NUMBER},
    {"regnumber", LIST_REGISTRATION_NUMBER},
    {"BIK (RU)", LIST_REGISTRATION_NUMBER},
    {"D-U-N-S", LIST_REGISTRATION_NUMBER},
    {"branch unit", LIST_REGISTRATION_NUMBER},
    {"enterprise number", LIST_REGISTRATION_NUMBER},
    {"business number", LIST_REGISTRATION_NUMBER},
    {"license", LIST_ID_NUMBER},
    {"national id", LIST_ID_NUMBER},
    {"identification", LIST_ID_NUMBER},
    {"identity", LIST_ID_NUMBER},
    {"ID card", LIST_ID_NUMBER},
    {"ID No", LIST_ID_NUMBER},
    {"ID Number", LIST_ID_NUMBER},
    {"cedula", LIST_ID_NUMBER},
    {"C.U.R.P", LIST_ID_NUMBER},
    {"C.U.I.P", LIST_ID_NUMBER},
    {"D.N.I", LIST_ID_NUMBER},
    {"I.F.E", LIST_ID_NUMBER},
    {"SSN", LIST_ID_NUMBER},
    {"SRE Permit", LIST_ID_NUMBER},
    {"electoral", LIST_ID_NUMBER},
    {"birth certificate", LIST_ID_NUMBER},
    {"travel document", LIST_ID_NUMBER},
    {"residency", LIST_ID_NUMBER},
    {"refugee", LIST_ID_NUMBER},
    {"serial n", LIST_ID_NUMBER},
    {"tail number", LIST_REGISTRATION_NUMBER},
    {"transponder", LIST_ID_NUMBER},
    {"chinese commercial code", LIST_ID_NUMBER},
    {"cartilla", LIST_ID_NUMBER},
    {"numero de identidad", LIST_ID_NUMBER},
    {"stateless person", LIST_ID_NUMBER},
    {"military", LIST_ID_NUMBER},
    {"LE Number", LIST_ID_NUMBER},
    {"moroccan personal", LIST_ID_NUMBER},
    {"nationality", LIST_NATIONALITY},
    {"citizen", LIST_NATIONALITY},
    {"gender", LIST_GENDER},
};

enum list_property property_of_type(struct span type) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (text_contains(type, types[i].word))
            return types[i].property;
    return LIST_OTHER;
}
