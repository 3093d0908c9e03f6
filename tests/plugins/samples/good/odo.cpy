       01  R.
           05  N     PIC 9(2).
           05  ITEM  OCCURS 0 TO 9 DEPENDING ON N.
               10  A PIC X(3).
               10  B PIC S9(3)V99 COMP-3.
           66  ALIAS RENAMES N.
