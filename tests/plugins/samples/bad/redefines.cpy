       01  R.
           05  A REDEFINES NOTHING PIC X.
