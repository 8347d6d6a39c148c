package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RuleProblem;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.rules.RulesException;
import io.piplan.dal.rules.ZoneRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the rules again when their file changes, or when somebody asks for it. */
final class RulesFile {
  /** Before what failed is tried again: another thing to do waits for this thread, too. */
  private static final long PAUSE_NANOS = 5_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(RulesFile.class);

  private final PiDal engine;
  private final Path file;
  private final Function<DalRules, NodeConnections> nodes;

  /** What is in force, or is refused for good. */
  private String seen;

  /** What could not be taken, though nothing may be wrong with it. */
  private String failed;

  private String told;
  private volatile String refusal = "";
  private long again;

  /** A file whose rules the engine runs with now. */
  RulesFile(PiDal engine, Path file, Function<DalRules, NodeConnections> nodes) {
    this.engine = engine;
    this.file = file;
    this.nodes = nodes;
    this.seen = state(text(file));
  }

  /** Why the file as it was read last is not in force; empty if it is. */
  String refusal() {
    return refusal;
  }

  /** Null if it can't be read. */
  private static String text(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      return null;
    }
  }

  /** What decides about the rules: their text, and the document of zones that they name now. */
  private String state(String text) {
    ZoneRules zones = engine.version().rules().zones();
    return text == null || zones == null ? text : text + "\n" + text(zones.file());
  }

  /**
   * What is wrong is said in the log, once for each state of the file. Where a node can't be
   * reached the same rules are tried again. Throws nothing: that would end the looks to come.
   */
  synchronized void look() {
    String now = state(text(file));
    if (now == null || now.equals(seen)) {
      return;
    }
    if (now.equals(failed) && System.nanoTime() - again < 0) {
      return;
    }
    try {
      reload();
    } catch (RuntimeException e) {
      String why = now + "\n" + e.getMessage();
      if (!why.equals(told)) {
        told = why;
        boolean known = e instanceof RulesException || e instanceof DalException;
        LOG.error(
            "the rules in {} are refused, and the old ones stay: {}",
            file,
            e.getMessage(),
            known ? null : e);
      }
    }
  }

  /**
   * Reads it now.
   *
   * @throws RulesException if it is wrong, or doesn't fit the real tables
   * @throws DalException if a node can't be reached
   */
  synchronized void reload() {
    String text = text(file);
    try {
      take(text);
    } catch (RuntimeException e) {
      refusal = String.valueOf(e.getMessage());
      throw e;
    }
    seen = state(text);
    failed = null;
    told = null;
    refusal = "";
    LOG.info("the rules in {} are in force", file);
  }

  private void take(String text) {
    if (text == null) {
      throw new RulesException(
          file.toString(),
          List.of(
              new RuleProblem(0, 0, "", "the file can't be read", "check its path and rights")));
    }
    String now = state(text);
    try {
      DalRules rules = RulesDocument.parse(file.toString(), text);
      engine.reload(file.toString(), rules, nodes.apply(rules));
    } catch (RulesException e) {
      seen = now;
      throw e;
    } catch (RuntimeException e) {
      boolean wrong = e instanceof DalException known && known.error() == DalError.CONFIGURATION;
      seen = wrong ? now : seen;
      failed = now;
      again = System.nanoTime() + PAUSE_NANOS;
      throw e;
    }
  }
}
