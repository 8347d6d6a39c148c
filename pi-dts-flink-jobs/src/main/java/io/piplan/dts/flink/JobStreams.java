package io.piplan.dts.flink;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;

/** What the tables of one run are connected to. */
public record JobStreams(SourceStreams sources, SinkStreams sinks) {

  /** For planning only: tables can be described and explained, but not run. */
  public static JobStreams none() {
    return new JobStreams(
        (request, context, environment) -> {
          throw notHere("read " + request.database() + "." + request.table());
        },
        (request, rows, context) -> {
          throw notHere("write " + request.table());
        });
  }

  private static DtsException notHere(String what) {
    return new DtsException(
        DtsError.DEFINITION_BAD_OPTION,
        "Flink alone cannot " + what + " with a pi-dts connector",
        "run the definition with bin/pi sync start, which shares readers and writers among tables");
  }
}
