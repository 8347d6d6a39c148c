package io.piplan.dts.job;

import io.piplan.dts.flink.DiffJobOptions;
import io.piplan.dts.flink.DiffSource;
import io.piplan.dts.flink.DiffSum;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** The Flink job of a diff: parts compared in parallel, and added up in one task. */
final class DiffGraph {
  private static final Duration CHECKPOINTS = Duration.ofSeconds(5);

  private DiffGraph() {}

  static Configuration settings(String name, Path checkpoints) {
    return JobSettings.of(name, CHECKPOINTS, checkpoints, Optional.empty());
  }

  static void build(StreamExecutionEnvironment environment, DiffJobOptions job, int parallelism) {
    environment
        .fromSource(new DiffSource(job), WatermarkStrategy.noWatermarks(), "compare")
        .uid("compare")
        .setParallelism(parallelism)
        .flatMap(new DiffSum(job.samples()))
        .returns(Types.VOID)
        .name("sum")
        .uid("sum")
        .setParallelism(1)
        .setMaxParallelism(1)
        .sinkTo(new DiscardingSink<>())
        .name("end")
        .uid("end")
        .setParallelism(1);
  }
}
