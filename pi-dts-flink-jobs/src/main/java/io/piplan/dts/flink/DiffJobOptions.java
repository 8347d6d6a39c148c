package io.piplan.dts.flink;

import io.piplan.dts.verify.DatabaseRef;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.DiffPart;
import io.piplan.dts.verify.TablePair;
import java.io.Serializable;

/** What a diff compares that runs as a Flink job. */
public record DiffJobOptions(DatabaseRef a, DatabaseRef b, DiffOptions options)
    implements Serializable {

  /** The part with the condition of its tables, which is not shipped with each part. */
  DiffPart withConditions(DiffPart part) {
    for (TablePair pair : options.tables()) {
      if (pair.a().equals(part.pair().a()) && pair.b().equals(part.pair().b())) {
        return new DiffPart(part.number(), part.table(), pair, part.range());
      }
    }
    return part;
  }
}
