package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.loopback.SiteLink;
import io.piplan.dts.loopback.TableLoopback;
import io.piplan.dts.loopback.Verdict;
import io.piplan.dts.loopback.Verdict.Reason;
import io.piplan.meta.RowVersion;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets pass the changes of a site that are its own to send, and those that are conflicts, which the
 * writer records. Counts all by reason, once it is opened.
 */
public final class LoopbackFilter implements ChangeFilter {
  private static final Logger LOG = LoggerFactory.getLogger(LoopbackFilter.class);

  private final SiteLink link;
  private transient Map<TableId, TableLoopback> tables;
  private transient Map<Reason, AtomicLong> counts;

  public LoopbackFilter(SiteLink link) {
    this.link = link;
  }

  @Override
  public void open(PiMetrics metrics) {
    counts = new EnumMap<>(Reason.class);
    for (Reason reason : Reason.values()) {
      AtomicLong count = new AtomicLong();
      counts.put(reason, count);
      metrics.reason(reason.name()).counter("changesJudged", count::get);
    }
  }

  @Override
  public Verdict.Action judge(TableSchema schema, ChangeEvent change) {
    if (tables == null) {
      tables = new HashMap<>();
    }
    TableLoopback table = tables.get(schema.id());
    if (table == null || !table.isFor(schema)) {
      table = new TableLoopback(link, schema);
      tables.put(schema.id(), table);
      if (!table.takesPart()) {
        LOG.warn(
            "{} has no column {}: its changes stay at {}; make it (bin/pi sites triggers), and then"
                + " copy its rows from before (bin/pi sync resync)",
            schema.id(),
            RowVersion.COLUMN,
            link.source());
      }
    }
    Verdict verdict = table.change(change);
    if (counts != null) {
      counts.get(verdict.reason()).incrementAndGet();
    }
    return verdict.action();
  }
}
