package io.piplan.dts.job;

import io.piplan.dts.DtsException;
import io.piplan.dts.check.CheckCode;
import io.piplan.dts.check.CheckReport;
import io.piplan.dts.check.Finding;
import io.piplan.dts.check.Severity;
import io.piplan.dts.check.Subject;
import io.piplan.dts.sql.SecretLookup;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Checks the plain statements of a definition by planning their job, which is not run. */
final class PlainChecks {
  private final PlainJob job;
  private final SecretLookup secrets;

  PlainChecks(PlainJob job, SecretLookup secrets) {
    this.job = job;
    this.secrets = secrets;
  }

  CheckReport run(DefinitionChecks checks) {
    PlainUses uses = new PlainUses(job.name());
    List<Finding> findings = new ArrayList<>();
    try {
      job.build(StreamExecutionEnvironment.getExecutionEnvironment(), secrets, uses);
      add(findings, Severity.OK, CheckCode.DEFINITION_STATEMENT, "the INSERTs can be planned", "");
    } catch (DtsException e) {
      add(findings, Severity.ERROR, CheckCode.of(e.error()), e.problem(), e.remedy());
      add(
          findings,
          Severity.INFO,
          CheckCode.NOT_RUN,
          "what the INSERTs behind this read and write: not checked, since planning ended here",
          "");
    }
    add(
        findings,
        Severity.INFO,
        CheckCode.NOT_CHECKED,
        "of INSERTs: what casts and expressions lose, target tables that hold rows, and tables of"
            + " connectors other than mysql-cdc, pi-mysql and pi-postgres",
        "");
    CheckReport servers = checks.plain(uses);
    return new CheckReport(servers.definition(), findings).and(servers);
  }

  private static void add(
      List<Finding> findings, Severity severity, CheckCode code, String message, String remedy) {
    findings.add(new Finding(severity, code, Subject.DEFINITION, message, remedy));
  }
}
