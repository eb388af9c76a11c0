/* Limits of the room price, each with its reason and a test that meets it. */
#ifndef IMJIN_PRICE_LIMITS_H
#define IMJIN_PRICE_LIMITS_H

enum {
    PRICE_ASSET_MAX = 120,                    /* bytes of an asset's name: an address' longest */
    PRICE_SOURCE_MAX = 119,                   /* bytes of a source: an address of a page fits */
    PRICE_SOURCES_MAX = 1 << 10,              /* few publishers exist */
    PRICE_ASSETS_MAX = 1 << 20,               /* the largest public price service lists some twenty thousand */
    PRICE_ROWS_MAX = 1 << 25,                 /* a price a minute for a year is half a million */
    PRICE_AGE_SECONDS_MAX = 2 * 24 * 60 * 60, /* daily prices are the coarsest in use; one missing day is bridged, not more */
};

#endif
