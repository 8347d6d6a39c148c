package io.piplan.dts.job;

import io.piplan.dts.job.ChaosServers.Target;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(ChaosServers.TO_POSTGRES)
class ExactlyOnceToPostgresIT extends ExactlyOnceContract {
  ExactlyOnceToPostgresIT(ChaosServers servers) {
    super(servers.pair(Target.POSTGRES));
  }
}
