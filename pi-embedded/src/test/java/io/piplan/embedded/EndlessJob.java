package io.piplan.embedded;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** A job named after its argument which runs until it is cancelled. */
public final class EndlessJob {
  private EndlessJob() {}

  public static void main(String[] arguments) throws Exception {
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    environment.fromSequence(0, Long.MAX_VALUE).sinkTo(new DiscardingSink<>());
    environment.executeAsync("job with " + arguments[0]);
  }
}
