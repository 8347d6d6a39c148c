package io.piplan.dal.session;

import io.piplan.dal.DalException;
import io.piplan.dal.node.JdbcNodes;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RuleProblem;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.rules.RulesException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the rules again when their file changes, or when somebody asks for it. */
final class RulesFile {
  private static final Logger LOG = LoggerFactory.getLogger(RulesFile.class);

  private final PiDal engine;
  private final Path file;
  private final Function<String, String> dsns;
  private String seen;

  /** A file whose rules the engine runs with now. */
  RulesFile(PiDal engine, Path file, Function<String, String> dsns) {
    this.engine = engine;
    this.file = file;
    this.dsns = dsns;
    this.seen = text();
  }

  /** Null if it can't be read. */
  private String text() {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return null;
    }
  }

  /** What is wrong is said in the log, once for each state of the file. */
  synchronized void look() {
    String now = text();
    if (now == null || now.equals(seen)) {
      return;
    }
    try {
      reload();
    } catch (RulesException | DalException e) {
      LOG.error("the rules in {} are refused, and the old ones stay: {}", file, e.getMessage());
    }
  }

  /**
   * Reads it now.
   *
   * @throws RulesException if it is wrong, or doesn't fit the real tables
   * @throws DalException if a node can't be reached
   */
  synchronized void reload() {
    String now = text();
    if (now == null) {
      throw new RulesException(
          file.toString(),
          List.of(
              new RuleProblem(0, 0, "", "the file can't be read", "check its path and rights")));
    }
    seen = now;
    DalRules rules = RulesDocument.parse(file.toString(), now);
    engine.reload(file.toString(), rules, new JdbcNodes(rules, dsns));
    LOG.info("the rules in {} are in force", file);
  }
}
