struct request { int id; };
struct answer { int id; long value; };
