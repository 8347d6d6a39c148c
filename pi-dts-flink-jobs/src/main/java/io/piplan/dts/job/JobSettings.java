package io.piplan.dts.job;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.CheckpointingMode;

/** The Flink settings every sync runs with. */
final class JobSettings {
  private JobSettings() {}

  static Configuration of(
      String name, Duration checkpointInterval, Path checkpoints, Optional<String> restoreFrom) {
    Configuration settings = new Configuration();
    settings.set(PipelineOptions.NAME, name);
    // Operators are named one by one; a forgotten name must fail here and not at a restore.
    settings.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpointInterval);
    settings.set(
        CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    settings.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    settings.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 3);
    // Rows of an abandoned copy attempt must not come out of a checkpoint again (see CopySource).
    settings.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
    settings.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, 10);
    // Servers come back; what no restart can cure stops the job by itself (see Failures).
    settings.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    settings.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
        Duration.ofMillis(500));
    settings.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF,
        Duration.ofSeconds(5));
    settings.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_BACKOFF_MULTIPLIER, 1.5);
    // One bad quarter of an hour should not slow down the next failure's restart (default: 1 h).
    settings.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD,
        Duration.ofSeconds(30));
    restoreFrom.ifPresent(path -> settings.set(StateRecoveryOptions.SAVEPOINT_PATH, path));
    return settings;
  }
}
