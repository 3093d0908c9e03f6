"""EBCDIC code pages: name → the characters of bytes 0x40 to 0xFE, U+FFFD where a byte has none.

Made by ``generate_code_pages``; not edited by hand.  Bytes below 0x40 and 0xFF are control characters, the same in all pages.
"""

from __future__ import annotations

# fmt: off

#: name → 191 characters, of bytes 0x40 to 0xFE
TABLES: dict[str, str] = {
    "cp037": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xf1\xa2.<(+|&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf!$*);\xac-/\xc2'
        '\xc4\xc0\xc1\xc3\xc5\xc7\xd1\xa6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:#@\'="\xd8abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\xa4\xb5~stuvwxyz\xa1\xbf\xd0\xdd\xde\xae^'
        '\xa3\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe[]\xaf\xa8\xb4\xd7{ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5}JKLMNOPQR'
        '\xb9\xfb\xfc\xf9\xfa\xff\\\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp273": (
        ' \xa0\xe2{\xe0\xe1\xe3\xe5\xe7\xf1\xc4.<(+!&\xe9\xea\xeb\xe8\xed\xee\xef\xec~\xdc$*);^-/\xc2[\xc0'
        '\xc1\xc3\xc5\xc7\xd1\xf6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:#\xa7\'="\xd8abcdefghi\xab\xbb'
        '\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\xa4\xb5\xdfstuvwxyz\xa1\xbf\xd0\xdd\xde\xae\xa2'
        '\xa3\xa5\xb7\xa9@\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7\xe4ABCDEFGHI\xad\xf4\xa6\xf2\xf3\xf5\xfcJKL'
        'MNOPQR\xb9\xfb}\xf9\xfa\xff\xd6\xf7STUVWXYZ\xb2\xd4\\\xd2\xd3\xd50123456789\xb3\xdb]\xd9\xda'
    ),
    "cp274": (
        ' \ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd[.<(+!&\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd'
        '\ufffd\ufffd\ufffd]$*);^-/\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\xf9,%_>?\ufffd\ufffd'
        '\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd`:#\xe0\'="\ufffdabcdefghi\ufffd\ufffd\ufffd\ufffd\ufffd'
        '\ufffd\ufffdjklmnopqr\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\xa8stuvwxyz\ufffd\ufffd\ufffd'
        '\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd'
        '\ufffd\ufffd\ufffd\xe9ABCDEFGHI\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\xe8JKLMNOPQR\ufffd\ufffd\ufffd'
        '\ufffd\ufffd\ufffd\xe7\ufffdSTUVWXYZ\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd0123456789\ufffd\ufffd'
        '\ufffd\ufffd\ufffd'
    ),
    "cp275": (
        ' \ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\xc9.<(+!&\ufffd\ufffd\ufffd\ufffd\ufffd'
        '\ufffd\ufffd\ufffd\ufffd$\xc7*);^-/\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\xe7,%_>?\ufffd'
        '\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\xe3:\xd5\xc3\'="\ufffdabcdefghi\ufffd\ufffd\ufffd'
        '\ufffd\ufffd\ufffd\ufffdjklmnopqr\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd~stuvwxyz\ufffd\ufffd'
        '\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd'
        '\ufffd\ufffd\ufffd\ufffd\xf5ABCDEFGHI\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\xe9JKLMNOPQR\ufffd\ufffd'
        '\ufffd\ufffd\ufffd\ufffd\\\ufffdSTUVWXYZ\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd0123456789\ufffd\ufffd'
        '\ufffd\ufffd\ufffd'
    ),
    "cp277": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3}\xe7\xf1#.<(+!&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf\xa4\xc5*);^-/\xc2'
        '\xc4\xc0\xc1\xc3$\xc7\xd1\xf8,%_>?\xa6\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:\xc6\xd8\'="@abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba{\xb8[]\xb5\xfcstuvwxyz\xa1\xbf\xd0\xdd\xde\xae\xa2\xa3'
        '\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7\xe6ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5\xe5JKLM'
        'NOPQR\xb9\xfb~\xf9\xfa\xff\\\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp278": (
        ' \xa0\xe2{\xe0\xe1\xe3}\xe7\xf1\xa7.<(+!&`\xea\xeb\xe8\xed\xee\xef\xec\xdf\xa4\xc5*);^-/\xc2#\xc0'
        '\xc1\xc3$\xc7\xd1\xf6,%_>?\xf8\\\xca\xcb\xc8\xcd\xce\xcf\xcc\xe9:\xc4\xd6\'="\xd8abcdefghi\xab\xbb'
        '\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6]\xb5\xfcstuvwxyz\xa1\xbf\xd0\xdd\xde\xae\xa2\xa3'
        '\xa5\xb7\xa9[\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7\xe4ABCDEFGHI\xad\xf4\xa6\xf2\xf3\xf5\xe5JKLMNOP'
        'QR\xb9\xfb~\xf9\xfa\xff\xc9\xf7STUVWXYZ\xb2\xd4@\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp280": (
        ' \xa0\xe2\xe4{\xe1\xe3\xe5\\\xf1\xb0.<(+!&]\xea\xeb}\xed\xee\xef~\xdf\xe9$*);^-/\xc2\xc4\xc0\xc1'
        '\xc3\xc5\xc7\xd1\xf2,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc\xf9:\xa3\xa7\'="\xd8abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1[jklmnopqr\xaa\xba\xe6\xb8\xc6\xa4\xb5\xecstuvwxyz\xa1\xbf\xd0\xdd\xde\xae\xa2'
        '#\xa5\xb7\xa9@\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7\xe0ABCDEFGHI\xad\xf4\xf6\xa6\xf3\xf5\xe8JKLMNO'
        'PQR\xb9\xfb\xfc`\xfa\xff\xe7\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp284": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xa6[.<(+|&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf]$*);\xac-/\xc2'
        '\xc4\xc0\xc1\xc3\xc5\xc7#\xf1,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:\xd1@\'="\xd8abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\xa4\xb5\xa8stuvwxyz\xa1\xbf\xd0\xdd\xde\xae'
        '\xa2\xa3\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe^!\xaf~\xb4\xd7{ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5}JKLMNOPQ'
        'R\xb9\xfb\xfc\xf9\xfa\xff\\\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp285": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xf1$.<(+|&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf!\xa3*);\xac-/\xc2'
        '\xc4\xc0\xc1\xc3\xc5\xc7\xd1\xa6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:#@\'="\xd8abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\xa4\xb5\xafstuvwxyz\xa1\xbf\xd0\xdd\xde\xae'
        '\xa2[\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe^]~\xa8\xb4\xd7{ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5}JKLMNOPQR'
        '\xb9\xfb\xfc\xf9\xfa\xff\\\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp290": (
        ' \uff61\uff62\uff63\uff64\uff65\uff66\uff67\uff68\uff69\xa3.<(+|&\uff6a\uff6b\uff6c\uff6d\uff6e'
        '\uff6f\ufffd\uff70\ufffd!\xa5*);\xac-/abcdefgh\ufffd,%_>?[ijklmnop`:#@\'="]\uff71\uff72\uff73'
        '\uff74\uff75\uff76\uff77\uff78\uff79\uff7aq\uff7b\uff7c\uff7d\uff7e\uff7f\uff80\uff81\uff82\uff83'
        '\uff84\uff85\uff86\uff87\uff88\uff89r\ufffd\uff8a\uff8b\uff8c~\u203e\uff8d\uff8e\uff8f\uff90\uff91'
        '\uff92\uff93\uff94\uff95s\uff96\uff97\uff98\uff99^\xa2\\tuvwxyz\uff9a\uff9b\uff9c\uff9d\uff9e'
        '\uff9f{ABCDEFGHI\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd}JKLMNOPQR\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd'
        '$\ufffdSTUVWXYZ\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd0123456789\ufffd\ufffd\ufffd\ufffd\ufffd'
    ),
    "cp297": (
        ' \xa0\xe2\xe4@\xe1\xe3\xe5\\\xf1\xb0.<(+!&{\xea\xeb}\xed\xee\xef\xec\xdf\xa7$*);^-/\xc2\xc4\xc0'
        '\xc1\xc3\xc5\xc7\xd1\xf9,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc\xb5:\xa3\xe0\'="\xd8abcdefghi'
        '\xab\xbb\xf0\xfd\xfe\xb1[jklmnopqr\xaa\xba\xe6\xb8\xc6\xa4`\xa8stuvwxyz\xa1\xbf\xd0\xdd\xde\xae'
        '\xa2#\xa5\xb7\xa9]\xb6\xbc\xbd\xbe\xac|\xaf~\xb4\xd7\xe9ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5\xe8JKLMN'
        'OPQR\xb9\xfb\xfc\xa6\xfa\xff\xe7\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp424": (
        ' \u05d0\u05d1\u05d2\u05d3\u05d4\u05d5\u05d6\u05d7\u05d8\xa2.<(+|&\u05d9\u05da\u05db\u05dc\u05dd'
        '\u05de\u05df\u05e0\u05e1!$*);\xac-/\u05e2\u05e3\u05e4\u05e5\u05e6\u05e7\u05e8\u05e9\xa6,%_>?\ufffd'
        '\u05ea\ufffd\ufffd\xa0\ufffd\ufffd\ufffd\u2017`:#@\'="\ufffdabcdefghi\xab\xbb\ufffd\ufffd\ufffd'
        '\xb1\xb0jklmnopqr\ufffd\ufffd\ufffd\xb8\ufffd\xa4\xb5~stuvwxyz\ufffd\ufffd\ufffd\ufffd\ufffd\xae^'
        '\xa3\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe[]\xaf\xa8\xb4\xd7{ABCDEFGHI\xad\ufffd\ufffd\ufffd\ufffd\ufffd'
        '}JKLMNOPQR\xb9\ufffd\ufffd\ufffd\ufffd\ufffd\\\xf7STUVWXYZ\xb2\ufffd\ufffd\ufffd\ufffd\ufffd012345'
        '6789\xb3\ufffd\ufffd\ufffd\ufffd'
    ),
    "cp500": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xf1[.<(+!&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf]$*);^-/\xc2\xc4'
        '\xc0\xc1\xc3\xc5\xc7\xd1\xa6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:#@\'="\xd8abcdefghi\xab\xbb'
        '\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\xa4\xb5~stuvwxyz\xa1\xbf\xd0\xdd\xde\xae\xa2\xa3'
        '\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7{ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5}JKLMNOPQR'
        '\xb9\xfb\xfc\xf9\xfa\xff\\\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp833": (
        ' \ufffd\uffa0\uffa1\uffa2\uffa3\uffa4\uffa5\uffa6\uffa7\xa2.<(+|&\ufffd\uffa8\uffa9\uffaa\uffab'
        '\uffac\uffad\uffae\uffaf!$*);\xac-/\uffb0\uffb1\uffb2\uffb3\uffb4\uffb5\uffb6\uffb7\xa6,%_>?['
        '\ufffd\uffb8\uffb9\uffba\uffbb\uffbc\uffbd\uffbe`:#@\'="]abcdefghi\uffc2\uffc3\uffc4\uffc5\uffc6'
        '\uffc7\ufffdjklmnopqr\uffca\uffcb\uffcc\uffcd\uffce\uffcf\u203e~stuvwxyz\uffd2\uffd3\uffd4\uffd5'
        '\uffd6\uffd7^\ufffd\\\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\uffda\uffdb\uffdc\ufffd\ufffd'
        '\ufffd{ABCDEFGHI\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd}JKLMNOPQR\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd'
        '\u20a9\ufffdSTUVWXYZ\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd0123456789\ufffd\ufffd\ufffd\ufffd\ufffd'
    ),
    "cp838": (
        ' \xa0\u0e01\u0e02\u0e03\u0e04\u0e05\u0e06\u0e07[\xa2.<(+|&\u0e48\u0e08\u0e09\u0e0a\u0e0b\u0e0c'
        '\u0e0d\u0e0e]!$*);\xac-/\u0e0f\u0e10\u0e11\u0e12\u0e13\u0e14\u0e15^\xa6,%_>?\u0e3f\u0e4e\u0e16'
        '\u0e17\u0e18\u0e19\u0e1a\u0e1b\u0e1c`:#@\'="\u0e4fabcdefghi\u0e1d\u0e1e\u0e1f\u0e20\u0e21\u0e22'
        '\u0e5ajklmnopqr\u0e23\u0e24\u0e25\u0e26\u0e27\u0e28\u0e5b~stuvwxyz\u0e29\u0e2a\u0e2b\u0e2c\u0e2d'
        '\u0e2e\u0e50\u0e51\u0e52\u0e53\u0e54\u0e55\u0e56\u0e57\u0e58\u0e59\u0e2f\u0e30\u0e31\u0e32\u0e33'
        '\u0e34{ABCDEFGHI\u0e49\u0e35\u0e36\u0e37\u0e38\u0e39}JKLMNOPQR\u0e3a\u0e40\u0e41\u0e42\u0e43\u0e44'
        '\\\u0e4aSTUVWXYZ\u0e45\u0e46\u0e47\u0e48\u0e49\u0e4a0123456789\u0e4b\u0e4c\u0e4d\u0e4b\u0e4c'
    ),
    "cp870": (
        ' \xa0\xe2\xe4\u0163\xe1\u0103\u010d\xe7\u0107[.<(+!&\xe9\u0119\xeb\u016f\xed\xee\u013e\u013a\xdf]$'
        '*);^-/\xc2\xc4\u02dd\xc1\u0102\u010c\xc7\u0106|,%_>?\u02c7\xc9\u0118\xcb\u016e\xcd\xce\u013d\u0139'
        '`:#@\'="\u02d8abcdefghi\u015b\u0148\u0111\xfd\u0159\u015f\xb0jklmnopqr\u0142\u0144\u0161\xb8\u02db'
        '\xa4\u0105~stuvwxyz\u015a\u0147\u0110\xdd\u0158\u015e\u02d9\u0104\u017c\u0162\u017b\xa7\u017e'
        '\u017a\u017d\u0179\u0141\u0143\u0160\xa8\xb4\xd7{ABCDEFGHI\xad\xf4\xf6\u0155\xf3\u0151}JKLMNOPQR'
        '\u011a\u0171\xfc\u0165\xfa\u011b\\\xf7STUVWXYZ\u010f\xd4\xd6\u0154\xd3\u01500123456789\u010e\u0170'
        '\xdc\u0164\xda'
    ),
    "cp871": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xf1\xde.<(+!&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf\xc6$*);\xd6-/'
        '\xc2\xc4\xc0\xc1\xc3\xc5\xc7\xd1\xa6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc\xf0:#\xd0\'="\xd8abc'
        'defghi\xab\xbb`\xfd{\xb1\xb0jklmnopqr\xaa\xba}\xb8]\xa4\xb5\xf6stuvwxyz\xa1\xbf@\xdd[\xae\xa2\xa3'
        '\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe\xac|\xaf\xa8\\\xd7\xfeABCDEFGHI\xad\xf4~\xf2\xf3\xf5\xe6JKLMNOPQR'
        '\xb9\xfb\xfc\xf9\xfa\xff\xb4\xf7STUVWXYZ\xb2\xd4^\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp875": (
        ' \u0391\u0392\u0393\u0394\u0395\u0396\u0397\u0398\u0399[.<(+!&\u039a\u039b\u039c\u039d\u039e\u039f'
        '\u03a0\u03a1\u03a3]$*);^-/\u03a4\u03a5\u03a6\u03a7\u03a8\u03a9\u03aa\u03ab|,%_>?\xa8\u0386\u0388'
        '\u0389\xa0\u038a\u038c\u038e\u038f`:#@\'="\u0385abcdefghi\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\xb0j'
        'klmnopqr\u03b7\u03b8\u03b9\u03ba\u03bb\u03bc\xb4~stuvwxyz\u03bd\u03be\u03bf\u03c0\u03c1\u03c3\xa3'
        '\u03ac\u03ad\u03ae\u03ca\u03af\u03cc\u03cd\u03cb\u03ce\u03c2\u03c4\u03c5\u03c6\u03c7\u03c8{ABCDEFG'
        'HI\xad\u03c9\u0390\u03b0\u2018\u2015}JKLMNOPQR\xb1\xbd\ufffd\u0387\u2019\xa6\\\ufffdSTUVWXYZ\xb2'
        '\xa7\ufffd\ufffd\xab\xac0123456789\xb3\xa9\ufffd\ufffd\xbb'
    ),
    "cp880": (
        ' \ufffd\u0452\u0453\u0451\ufffd\u0455\u0456\u0457\u0458[.<(+!&\u0459\u045a\u045b\u045c\ufffd\u045f'
        '\u042a\u2116\u0402]$*);^-/\u0403\u0401\ufffd\u0405\u0406\u0407\u0408\u0409\xa6,%_>?\u040a\u040b'
        '\u040c\ufffd\ufffd\u040f\u044e\u0430\u0431\ufffd:#@\'="\u0446abcdefghi\u0434\u0435\u0444\u0433'
        '\u0445\u0438\u0439jklmnopqr\u043a\u043b\u043c\u043d\u043e\u043f\u044f\ufffdstuvwxyz\u0440\u0441'
        '\u0442\u0443\u0436\u0432\u044c\u044b\u0437\u0448\u044d\u0449\u0447\u044a\u042e\u0410\u0411\u0426'
        '\u0414\u0415\u0424\u0413\ufffdABCDEFGHI\u0425\u0418\u0419\u041a\u041b\u041c\ufffdJKLMNOPQR\u041d'
        '\u041e\u041f\u042f\u0420\u0421\\\xa4STUVWXYZ\u0422\u0423\u0416\u0412\u042c\u042b0123456789\u0417'
        '\u0428\u042d\u0429\u0427'
    ),
    "cp905": (
        ' \ufffd\xe2\xe4\xe0\xe1\ufffd\u010b{\xf1\xc7.<(+!&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf\u011e\u0130'
        '*);^-/\xc2\xc4\xc0\xc1\ufffd\u010a[\xd1\u015f,%_>?\ufffd\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc\u0131:'
        "\xd6\u015e'=\xdc\u02d8abcdefghi\u0127\u0109\u015d\u016d\ufffd|\xb0jklmnopqr\u0125\u011d\u0135"
        '\u02db\ufffd\xa4\xb5\xf6stuvwxyz\u0126\u0108\u015c\u016c\ufffd@\xb7\xa3\u017c}\u017b\xa7]\ufffd'
        '\xbd$\u0124\u011c\u0134\xa8\xb4\xd7\xe7ABCDEFGHI\xad\xf4~\xf2\xf3\u0121\u011fJKLMNOPQR`\xfb\\\xf9'
        '\xfa\ufffd\xfc\xf7STUVWXYZ\xb2\xd4#\xd2\xd3\u01200123456789\xb3\xdb"\xd9\xda'
    ),
    "cp1025": (
        ' \xa0\u0452\u0453\u0451\u0454\u0455\u0456\u0457\u0458[.<(+!&\u0459\u045a\u045b\u045c\u045e\u045f'
        '\u042a\u2116\u0402]$*);^-/\u0403\u0401\u0404\u0405\u0406\u0407\u0408\u0409|,%_>?\u040a\u040b\u040c'
        '\xad\u040e\u040f\u044e\u0430\u0431`:#@\'="\u0446abcdefghi\u0434\u0435\u0444\u0433\u0445\u0438'
        '\u0439jklmnopqr\u043a\u043b\u043c\u043d\u043e\u043f\u044f~stuvwxyz\u0440\u0441\u0442\u0443\u0436'
        '\u0432\u044c\u044b\u0437\u0448\u044d\u0449\u0447\u044a\u042e\u0410\u0411\u0426\u0414\u0415\u0424'
        '\u0413{ABCDEFGHI\u0425\u0418\u0419\u041a\u041b\u041c}JKLMNOPQR\u041d\u041e\u041f\u042f\u0420\u0421'
        '\\\xa7STUVWXYZ\u0422\u0423\u0416\u0412\u042c\u042b0123456789\u0417\u0428\u042d\u0429\u0427'
    ),
    "cp1026": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5{\xf1\xc7.<(+!&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf\u011e\u0130*);^-/'
        "\xc2\xc4\xc0\xc1\xc3\xc5[\xd1\u015f,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc\u0131:\xd6\u015e'="
        '\xdc\xd8abcdefghi\xab\xbb}`\xa6\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\xa4\xb5\xf6stuvwxyz\xa1\xbf]$'
        '@\xae\xa2\xa3\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7\xe7ABCDEFGHI\xad\xf4~\xf2\xf3'
        '\xf5\u011fJKLMNOPQR\xb9\xfb\\\xf9\xfa\xff\xfc\xf7STUVWXYZ\xb2\xd4#\xd2\xd3\xd50123456789\xb3\xdb"'
        '\xd9\xda'
    ),
    "cp1047": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xf1\xa2.<(+|&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf!$*);^-/\xc2'
        '\xc4\xc0\xc1\xc3\xc5\xc7\xd1\xa6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:#@\'="\xd8abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\xa4\xb5~stuvwxyz\xa1\xbf\xd0[\xde\xae\xac'
        '\xa3\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe\xdd\xa8\xaf]\xb4\xd7{ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5}JKLMNO'
        'PQR\xb9\xfb\xfc\xf9\xfa\xff\\\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp1097": (
        ' \xa0\u060c\u064b\ufe81\ufe82\ufffd\ufe8d\ufe8e\ufffd\xa4.<(+|&\ufe80\ufe83\ufe84\ufffd\ufe85'
        '\ufe8b\ufe8f\ufe91\ufb56!$*);\xac-/\ufb58\ufe95\ufe97\ufe99\ufe9b\ufe9d\ufe9f\ufb7a\u061b,%_>?'
        '\ufb7c\ufea1\ufea3\ufea5\ufea7\ufea9\ufeab\ufead\ufeaf`:#@\'="\ufb8aabcdefghi\xab\xbb\ufeb1\ufeb3'
        '\ufeb5\ufeb7\ufeb9jklmnopqr\ufebb\ufebd\ufebf\ufec1\ufec3\ufec5\ufec7~stuvwxyz\ufec9\ufeca\ufecb'
        '\ufecc\ufecd\ufece\ufecf\ufed0\ufed1\ufed3\ufed5\ufed7\ufb8e\ufedb\ufb92\ufb94[]\ufedd\ufedf\ufee1'
        '\xd7{ABCDEFGHI\xad\ufee3\ufee5\ufee7\ufeed\ufee9}JKLMNOPQR\ufeeb\ufeec\ufba4\ufbfc\ufbfd\ufbfe\\'
        '\u061fSTUVWXYZ\u0640\u06f0\u06f1\u06f2\u06f3\u06f40123456789\u06f5\u06f6\u06f7\u06f8\u06f9'
    ),
    "cp1112": (
        ' \xa0\u0161\xe4\u0105\u012f\u016b\xe5\u0113\u017e\xa2.<(+|&\xe9\u0119\u0117\u010d\u0173\u201e'
        '\u201c\u0123\xdf!$*);\xac-/\u0160\xc4\u0104\u012e\u016a\xc5\u0112\u017d\xa6,%_>?\xf8\xc9\u0118'
        '\u0116\u010c\u0172\u012a\u013b\u0122`:#@\'="\xd8abcdefghi\xab\xbb\u0101\u017c\u0144\xb1\xb0jklmnop'
        'qr\u0156\u0157\xe6\u0137\xc6\xa4\xb5~stuvwxyz\u201d\u017a\u0100\u017b\u0143\xae^\xa3\u012b\xb7\xa9'
        '\xa7\xb6\xbc\xbd\xbe[]\u0179\u0136\u013c\xd7{ABCDEFGHI\xad\u014d\xf6\u0146\xf3\xf5}JKLMNOPQR\xb9'
        '\u0107\xfc\u0142\u015b\u2019\\\xf7STUVWXYZ\xb2\u014c\xd6\u0145\xd3\xd50123456789\xb3\u0106\xdc'
        '\u0141\u015a'
    ),
    "cp1122": (
        ' \xa0\xe2{\xe0\xe1\xe3}\xe7\xf1\xa7.<(+!&`\xea\xeb\xe8\xed\xee\xef\xec\xdf\xa4\xc5*);^-/\xc2#\xc0'
        '\xc1\xc3$\xc7\xd1\xf6,%_>?\xf8\\\xca\xcb\xc8\xcd\xce\xcf\xcc\xe9:\xc4\xd6\'="\xd8abcdefghi\xab\xbb'
        '\u0161\xfd\u017e\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6]\xb5\xfcstuvwxyz\xa1\xbf\u0160\xdd\u017d\xae'
        '\xa2\xa3\xa5\xb7\xa9[\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7\xe4ABCDEFGHI\xad\xf4\xa6\xf2\xf3\xf5'
        '\xe5JKLMNOPQR\xb9\xfb~\xf9\xfa\xff\xc9\xf7STUVWXYZ\xb2\xd4@\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9'
        '\xda'
    ),
    "cp1123": (
        ' \xa0\u0452\u0491\u0451\u0454\u0455\u0456\u0457\u0458[.<(+!&\u0459\u045a\u045b\u045c\u045e\u045f'
        '\u042a\u2116\u0402]$*);^-/\u0490\u0401\u0404\u0405\u0406\u0407\u0408\u0409|,%_>?\u040a\u040b\u040c'
        '\xad\u040e\u040f\u044e\u0430\u0431`:#@\'="\u0446abcdefghi\u0434\u0435\u0444\u0433\u0445\u0438'
        '\u0439jklmnopqr\u043a\u043b\u043c\u043d\u043e\u043f\u044f~stuvwxyz\u0440\u0441\u0442\u0443\u0436'
        '\u0432\u044c\u044b\u0437\u0448\u044d\u0449\u0447\u044a\u042e\u0410\u0411\u0426\u0414\u0415\u0424'
        '\u0413{ABCDEFGHI\u0425\u0418\u0419\u041a\u041b\u041c}JKLMNOPQR\u041d\u041e\u041f\u042f\u0420\u0421'
        '\\\xa7STUVWXYZ\u0422\u0423\u0416\u0412\u042c\u042b0123456789\u0417\u0428\u042d\u0429\u0427'
    ),
    "cp1140": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xf1\xa2.<(+|&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf!$*);\xac-/\xc2'
        '\xc4\xc0\xc1\xc3\xc5\xc7\xd1\xa6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:#@\'="\xd8abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\u20ac\xb5~stuvwxyz\xa1\xbf\xd0\xdd\xde\xae^'
        '\xa3\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe[]\xaf\xa8\xb4\xd7{ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5}JKLMNOPQR'
        '\xb9\xfb\xfc\xf9\xfa\xff\\\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp1141": (
        ' \xa0\xe2{\xe0\xe1\xe3\xe5\xe7\xf1\xc4.<(+!&\xe9\xea\xeb\xe8\xed\xee\xef\xec~\xdc$*);^-/\xc2[\xc0'
        '\xc1\xc3\xc5\xc7\xd1\xf6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:#\xa7\'="\xd8abcdefghi\xab\xbb'
        '\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\u20ac\xb5\xdfstuvwxyz\xa1\xbf\xd0\xdd\xde\xae'
        '\xa2\xa3\xa5\xb7\xa9@\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7\xe4ABCDEFGHI\xad\xf4\xa6\xf2\xf3\xf5'
        '\xfcJKLMNOPQR\xb9\xfb}\xf9\xfa\xff\xd6\xf7STUVWXYZ\xb2\xd4\\\xd2\xd3\xd50123456789\xb3\xdb]\xd9'
        '\xda'
    ),
    "cp1142": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3}\xe7\xf1#.<(+!&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf\u20ac\xc5*);^-/\xc2'
        '\xc4\xc0\xc1\xc3$\xc7\xd1\xf8,%_>?\xa6\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:\xc6\xd8\'="@abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba{\xb8[]\xb5\xfcstuvwxyz\xa1\xbf\xd0\xdd\xde\xae\xa2\xa3'
        '\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7\xe6ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5\xe5JKLM'
        'NOPQR\xb9\xfb~\xf9\xfa\xff\\\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp1143": (
        ' \xa0\xe2{\xe0\xe1\xe3}\xe7\xf1\xa7.<(+!&`\xea\xeb\xe8\xed\xee\xef\xec\xdf\u20ac\xc5*);^-/\xc2#'
        '\xc0\xc1\xc3$\xc7\xd1\xf6,%_>?\xf8\\\xca\xcb\xc8\xcd\xce\xcf\xcc\xe9:\xc4\xd6\'="\xd8abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6]\xb5\xfcstuvwxyz\xa1\xbf\xd0\xdd\xde\xae\xa2'
        '\xa3\xa5\xb7\xa9[\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7\xe4ABCDEFGHI\xad\xf4\xa6\xf2\xf3\xf5\xe5JKL'
        'MNOPQR\xb9\xfb~\xf9\xfa\xff\xc9\xf7STUVWXYZ\xb2\xd4@\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp1144": (
        ' \xa0\xe2\xe4{\xe1\xe3\xe5\\\xf1\xb0.<(+!&]\xea\xeb}\xed\xee\xef~\xdf\xe9$*);^-/\xc2\xc4\xc0\xc1'
        '\xc3\xc5\xc7\xd1\xf2,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc\xf9:\xa3\xa7\'="\xd8abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1[jklmnopqr\xaa\xba\xe6\xb8\xc6\u20ac\xb5\xecstuvwxyz\xa1\xbf\xd0\xdd\xde\xae'
        '\xa2#\xa5\xb7\xa9@\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7\xe0ABCDEFGHI\xad\xf4\xf6\xa6\xf3\xf5\xe8JK'
        'LMNOPQR\xb9\xfb\xfc`\xfa\xff\xe7\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp1145": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xa6[.<(+|&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf]$*);\xac-/\xc2'
        '\xc4\xc0\xc1\xc3\xc5\xc7#\xf1,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:\xd1@\'="\xd8abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\u20ac\xb5\xa8stuvwxyz\xa1\xbf\xd0\xdd\xde'
        '\xae\xa2\xa3\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe^!\xaf~\xb4\xd7{ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5}JKLM'
        'NOPQR\xb9\xfb\xfc\xf9\xfa\xff\\\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp1146": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xf1$.<(+|&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf!\xa3*);\xac-/\xc2'
        '\xc4\xc0\xc1\xc3\xc5\xc7\xd1\xa6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:#@\'="\xd8abcdefghi\xab'
        '\xbb\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\u20ac\xb5\xafstuvwxyz\xa1\xbf\xd0\xdd\xde'
        '\xae\xa2[\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe^]~\xa8\xb4\xd7{ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5}JKLMNOP'
        'QR\xb9\xfb\xfc\xf9\xfa\xff\\\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp1147": (
        ' \xa0\xe2\xe4@\xe1\xe3\xe5\\\xf1\xb0.<(+!&{\xea\xeb}\xed\xee\xef\xec\xdf\xa7$*);^-/\xc2\xc4\xc0'
        '\xc1\xc3\xc5\xc7\xd1\xf9,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc\xb5:\xa3\xe0\'="\xd8abcdefghi'
        '\xab\xbb\xf0\xfd\xfe\xb1[jklmnopqr\xaa\xba\xe6\xb8\xc6\u20ac`\xa8stuvwxyz\xa1\xbf\xd0\xdd\xde\xae'
        '\xa2#\xa5\xb7\xa9]\xb6\xbc\xbd\xbe\xac|\xaf~\xb4\xd7\xe9ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5\xe8JKLMN'
        'OPQR\xb9\xfb\xfc\xa6\xfa\xff\xe7\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp1148": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xf1[.<(+!&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf]$*);^-/\xc2\xc4'
        '\xc0\xc1\xc3\xc5\xc7\xd1\xa6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc`:#@\'="\xd8abcdefghi\xab\xbb'
        '\xf0\xfd\xfe\xb1\xb0jklmnopqr\xaa\xba\xe6\xb8\xc6\u20ac\xb5~stuvwxyz\xa1\xbf\xd0\xdd\xde\xae\xa2'
        '\xa3\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe\xac|\xaf\xa8\xb4\xd7{ABCDEFGHI\xad\xf4\xf6\xf2\xf3\xf5}JKLMNO'
        'PQR\xb9\xfb\xfc\xf9\xfa\xff\\\xf7STUVWXYZ\xb2\xd4\xd6\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp1149": (
        ' \xa0\xe2\xe4\xe0\xe1\xe3\xe5\xe7\xf1\xde.<(+!&\xe9\xea\xeb\xe8\xed\xee\xef\xec\xdf\xc6$*);\xd6-/'
        '\xc2\xc4\xc0\xc1\xc3\xc5\xc7\xd1\xa6,%_>?\xf8\xc9\xca\xcb\xc8\xcd\xce\xcf\xcc\xf0:#\xd0\'="\xd8abc'
        'defghi\xab\xbb`\xfd{\xb1\xb0jklmnopqr\xaa\xba}\xb8]\u20ac\xb5\xf6stuvwxyz\xa1\xbf@\xdd[\xae\xa2'
        '\xa3\xa5\xb7\xa9\xa7\xb6\xbc\xbd\xbe\xac|\xaf\xa8\\\xd7\xfeABCDEFGHI\xad\xf4~\xf2\xf3\xf5\xe6JKLMN'
        'OPQR\xb9\xfb\xfc\xf9\xfa\xff\xb4\xf7STUVWXYZ\xb2\xd4^\xd2\xd3\xd50123456789\xb3\xdb\xdc\xd9\xda'
    ),
    "cp1160": (
        ' \xa0\u0e01\u0e02\u0e03\u0e04\u0e05\u0e06\u0e07[\xa2.<(+|&\u0e48\u0e08\u0e09\u0e0a\u0e0b\u0e0c'
        '\u0e0d\u0e0e]!$*);\xac-/\u0e0f\u0e10\u0e11\u0e12\u0e13\u0e14\u0e15^\xa6,%_>?\u0e3f\u0e4e\u0e16'
        '\u0e17\u0e18\u0e19\u0e1a\u0e1b\u0e1c`:#@\'="\u0e4fabcdefghi\u0e1d\u0e1e\u0e1f\u0e20\u0e21\u0e22'
        '\u0e5ajklmnopqr\u0e23\u0e24\u0e25\u0e26\u0e27\u0e28\u0e5b~stuvwxyz\u0e29\u0e2a\u0e2b\u0e2c\u0e2d'
        '\u0e2e\u0e50\u0e51\u0e52\u0e53\u0e54\u0e55\u0e56\u0e57\u0e58\u0e59\u0e2f\u0e30\u0e31\u0e32\u0e33'
        '\u0e34{ABCDEFGHI\u0e49\u0e35\u0e36\u0e37\u0e38\u0e39}JKLMNOPQR\u0e3a\u0e40\u0e41\u0e42\u0e43\u0e44'
        '\\\u0e4aSTUVWXYZ\u0e45\u0e46\u0e47\u0e48\u0e49\u0e4a0123456789\u0e4b\u0e4c\u0e4d\u0e4b\u20ac'
    ),
}
