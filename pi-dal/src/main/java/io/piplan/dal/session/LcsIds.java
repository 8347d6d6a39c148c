package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.IdSource;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.client.LcsSequence;
import java.util.Locale;
import java.util.function.Function;

/** Numbers of PiLCS: a sequence a table and one for the clock, which all proxies share. */
public final class LcsIds implements IdSource {
  private final LcsClient client;
  private final String schema;

  /**
   * Ids of a schema's tables.
   *
   * @param client is closed with this
   */
  public LcsIds(LcsClient client, String schema) {
    this.client = client;
    this.schema = schema;
  }

  @Override
  public long next(String table, int count) {
    return ask(table, sequence -> sequence.nextRange(count).first());
  }

  @Override
  public void raiseTo(String table, long value, boolean far) {
    ask(table, sequence -> sequence.raiseTo(value, far));
  }

  private long ask(String table, Function<LcsSequence, Long> question) {
    String name = "dal." + schema + "." + table.toLowerCase(Locale.ROOT);
    try {
      return question.apply(client.sequence(name));
    } catch (LcsException e) {
      throw new DalException(
          DalError.NO_ID, "no id for table " + table + " could be had: " + e.getMessage(), e);
    }
  }

  @Override
  public long clock(int zone) {
    try {
      return client.sequence("pidal.clock." + zone).next();
    } catch (LcsException e) {
      throw new DalException(
          DalError.NO_CLOCK,
          "rows can't be written now: the clock of zone "
              + zone
              + " has no number, "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
