      *****************************************************************
      *  POLICY MASTER, one record per insurance policy, RECFM=FB      *
      *  LRECL=194, code page 1140 (US/Canada EBCDIC with the euro).   *
      *****************************************************************
       01  POLICY-RECORD.
           05  POLICY-ID              PIC 9(9)        COMP.
           05  BRANCH                 PIC X(4).
           05  PRODUCT                PIC X(2).
               88  MOTOR                  VALUE 'MO'.
               88  HOME                   VALUE 'HO'.
               88  TRAVEL                 VALUE 'TR'.
           05  HOLDER.
               10  SURNAME            PIC X(20).
               10  FORENAME           PIC X(14).
               10  CITY               PIC X(18).
           05  START-DATE             PIC 9(8).
           05  ANNUAL-PREMIUM         PIC S9(7)V99    COMP-3.
           05  DISCOUNT-PERCENT       PIC SV999       COMP-3.
           05  BALANCE                PIC S9(9)V99.
           05  CLAIM-COUNT            PIC 9(2).
           05  CLAIMS                 OCCURS 3 TIMES.
               10  CLAIM-YEAR         PIC 9(4)        COMP.
               10  CLAIM-AMOUNT       PIC S9(7)V99    COMP-3.
               10  CLAIM-CODE         PIC X(3).
           05  RISK                   PIC X(24).
           05  VEHICLE REDEFINES RISK.
               10  PLATE              PIC X(10).
               10  ENGINE-POWER       PIC S9(4)       COMP.
               10  VEHICLE-VALUE      PIC S9(7)V99    COMP-3.
               10  FILLER             PIC X(7).
           05  DWELLING REDEFINES RISK.
               10  FLOOR-AREA         PIC 9(5)V9.
               10  REBUILD-COST       PIC S9(9)V99    COMP-3.
               10  POSTCODE           PIC X(12).
           05  LAST-READING           COMP-2.
           05  REMARK                 PIC X(32).
           05  FILLER                 PIC X(10).
