       01  R.
           05  A PIC Q(3).
