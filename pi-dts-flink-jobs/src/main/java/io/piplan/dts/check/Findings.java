package io.piplan.dts.check;

import io.piplan.dts.DtsException;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects findings in the order of the checks, each once. Used by one thread. */
final class Findings {
  /** A check; what it throws becomes a finding. */
  interface Check {
    void run() throws SQLException;
  }

  private final Set<Finding> all = new LinkedHashSet<>();

  void error(CheckCode code, Subject subject, String message, String remedy) {
    all.add(new Finding(Severity.ERROR, code, subject, message, remedy));
  }

  void warning(CheckCode code, Subject subject, String message, String remedy) {
    all.add(new Finding(Severity.WARNING, code, subject, message, remedy));
  }

  void info(CheckCode code, Subject subject, String message, String remedy) {
    all.add(new Finding(Severity.INFO, code, subject, message, remedy));
  }

  void ok(CheckCode code, Subject subject, String message) {
    all.add(new Finding(Severity.OK, code, subject, message, ""));
  }

  void thrown(Subject subject, DtsException e) {
    error(CheckCode.of(e.error()), subject, e.problem(), e.remedy());
  }

  void notRun(Subject subject, String checks, String because) {
    info(CheckCode.NOT_RUN, subject, checks + ": not checked, since " + because, "");
  }

  /** Runs one check; a failure of it is a finding, and the next check runs all the same. */
  void run(Subject subject, String checking, Check check) {
    try {
      check.run();
    } catch (DtsException e) {
      thrown(subject, e);
    } catch (SQLException e) {
      broken(subject, checking, e);
    }
  }

  void broken(Subject subject, String checking, SQLException e) {
    error(
        CheckCode.CHECK_BROKEN,
        subject,
        "checking " + checking + " failed: " + e.getMessage(),
        "look at the server's log; check that the user may ask for this");
  }

  List<Finding> list() {
    return List.copyOf(all);
  }
}
