package io.piplan.dts.job;

import io.piplan.dts.sql.SecretLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Compares two databases on the cluster it is submitted to; {@code bin/pi diff --flink URL} calls
 * it.
 *
 * <pre>
 * NAME           of the job
 * CHECKPOINTS    where checkpoints go
 * BASE64         a {@link DiffRequest} as JSON, with secrets as references
 * </pre>
 */
public final class DiffMain {
  private DiffMain() {}

  public static void main(String[] arguments) throws Exception {
    DiffRequest request =
        DiffRequest.of(
            new String(Base64.getDecoder().decode(arguments[2]), StandardCharsets.UTF_8));
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    environment.configure(DiffGraph.settings(arguments[0], Path.of(arguments[1])));
    DiffGraph.build(environment, request.resolve(SecretLookup.ofProcess()), request.parallelism());
    environment.executeAsync(arguments[0]);
  }
}
