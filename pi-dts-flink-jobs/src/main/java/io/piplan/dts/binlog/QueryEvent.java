package io.piplan.dts.binlog;

/** A statement in the binlog and the database it ran in. */
record QueryEvent(String database, String sql) {
  private static final int LOAD_HEADER = 13;

  static QueryEvent parse(ByteReader in, int extraHeader) {
    in.skip(8);
    int databaseLength = in.u8();
    in.skip(2);
    int statusLength = in.u16();
    in.skip(extraHeader + statusLength);
    String database = in.text(databaseLength);
    in.skip(1);
    return new QueryEvent(database, in.text(in.remaining()));
  }

  /** LOAD DATA logged as a statement. */
  static QueryEvent parseLoad(ByteReader in) {
    return parse(in, LOAD_HEADER);
  }
}
