/* Limits of the room name. */
#ifndef IMJIN_NAME_LIMITS_H
#define IMJIN_NAME_LIMITS_H

enum {
    NAME_BYTES_MAX = 4096,      /* the longest published name has under 1,000 bytes */
    NAME_WORDS_MAX = 64,        /* words of one name; comparing costs their product */
    NAME_JOINED_WORDS_MAX = 12, /* longer names get no records of joined words */
    NAME_FORMS_MAX = 3,         /* a name and what stands beside it in another script */
    NAME_KOREAN_MAX = 6,        /* ways to read one name as Korean */
    NAME_PHRASE_WORDS_MAX = 6,  /* words of a title or legal form */
};

#endif
