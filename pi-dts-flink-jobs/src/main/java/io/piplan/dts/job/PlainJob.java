package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.flink.JobStreams;
import io.piplan.dts.flink.PlannerSetup;
import io.piplan.dts.flink.PlannerTables;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.InsertRewriter;
import io.piplan.dts.sql.InsertRewriter.Rewritten;
import io.piplan.dts.sql.PlainFingerprint;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement;
import io.piplan.dts.sql.Statement.FlinkStatement;
import io.piplan.dts.sql.Statement.SetOption;
import io.piplan.dts.sql.Statement.StatementSet;
import io.piplan.dts.sql.TwinTables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamStatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/**
 * The plain Flink SQL of a definition: everything that is no SYNC. All its INSERTs run as one job.
 */
final class PlainJob {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(10);
  private static final int WRITERS = 2;

  /** What answers a question and has no place in a job. */
  private static final Set<String> QUESTIONS =
      Set.of("SELECT", "WITH", "VALUES", "EXPLAIN", "SHOW", "DESCRIBE", "DESC", "EXECUTE");

  private final Definition definition;

  PlainJob(Definition definition) {
    this.definition = definition;
  }

  /** Whether a definition has INSERTs of its own. */
  boolean exists() {
    return definition.statements().stream()
        .anyMatch(s -> s instanceof StatementSet || (s instanceof FlinkStatement f && f.insert()));
  }

  /** {@code SET 'pipeline.name'}, else the name of the definition's file. */
  String name() {
    String name = options().get(PipelineOptions.NAME);
    return name == null ? definition.name().replaceAll("^.*/|\\.sql$", "") : name;
  }

  /** How many writers an INSERT has, each in a task slot of its own. */
  int writers() {
    return options().getOptional(CoreOptions.DEFAULT_PARALLELISM).orElse(WRITERS);
  }

  private Configuration options() {
    Configuration options = new Configuration();
    for (Statement statement : definition.statements()) {
      if (statement instanceof SetOption set) {
        options.setString(set.key(), set.value());
      }
    }
    return options;
  }

  /** The job's settings; what the definition SETs overrides ours. */
  Configuration settings(Path checkpoints, Optional<String> restoreFrom) {
    Configuration settings = JobSettings.of(name(), CHECKPOINT_INTERVAL, checkpoints, restoreFrom);
    // The planner makes operators that nobody else can name.
    settings.set(PipelineOptions.AUTO_GENERATE_UIDS, true);
    settings.addAll(options());
    settings.set(PipelineOptions.NAME, name());
    return settings;
  }

  /**
   * Puts the job together; nothing is changed anywhere. Returns what it will write.
   *
   * @param uses gets to know what is read and written, as far as planning comes
   */
  List<PlainSinks.Written> build(
      StreamExecutionEnvironment environment, SecretLookup secrets, PlainUses uses) {
    PlainSinks sinks = new PlainSinks(name(), writers(), uses);
    StreamTableEnvironment planner = StreamTableEnvironment.create(environment);
    StreamStatementSet inserts = planner.createStatementSet();
    JobStreams streams = new JobStreams(new PlainSources(name(), uses), sinks);
    run(planner, streams, secrets, (insert, rewritten) -> inserts.addInsertSql(rewritten.sql()));
    translated(definition.name(), inserts::attachAsDataStream);
    return sinks.written();
  }

  /**
   * What must be the same for a resume.
   *
   * @param uses of the job that was put together
   */
  PlainFingerprint fingerprint(PlainUses uses) {
    return PlainFingerprint.of(name(), definition.statements(), uses.places());
  }

  /** Each INSERT, with a comment that says whether it is exactly-once, or why not. */
  List<String> explain(SecretLookup secrets) {
    List<String> explained = new ArrayList<>();
    StreamTableEnvironment planner =
        StreamTableEnvironment.create(StreamExecutionEnvironment.getExecutionEnvironment());
    run(
        planner,
        JobStreams.none(),
        secrets,
        (insert, rewritten) ->
            explained.add(
                (rewritten.exactlyOnce()
                        ? "-- exactly-once\n"
                        : "-- at-least-once upserts: " + rewritten.reason() + "\n")
                    + insert.shown()));
    return explained;
  }

  private void run(
      StreamTableEnvironment planner,
      JobStreams streams,
      SecretLookup secrets,
      BiConsumer<FlinkStatement, Rewritten> inserts) {
    new PlannerSetup(streams, secrets).install(planner, definition.catalogs());
    InsertRewriter rewriter = new InsertRewriter(new PlannerTables(planner));
    for (Statement statement : definition.statements()) {
      if (statement instanceof SetOption set) {
        planner.getConfig().set(set.key(), set.value());
      } else if (statement instanceof StatementSet set) {
        set.inserts().forEach(insert -> insert(insert, rewriter, inserts));
      } else if (statement instanceof FlinkStatement flink && flink.insert()) {
        insert(flink, rewriter, inserts);
      } else if (statement instanceof FlinkStatement flink) {
        define(planner, flink);
      }
    }
  }

  private static void insert(
      FlinkStatement insert,
      InsertRewriter rewriter,
      BiConsumer<FlinkStatement, Rewritten> inserts) {
    translated(
        insert.location().toString(),
        () -> inserts.accept(insert, rewriter.rewrite(insert.resolved())));
  }

  private static void define(StreamTableEnvironment planner, FlinkStatement statement) {
    String first = statement.text().strip().split("\\s+", 2)[0].toUpperCase(Locale.ROOT);
    if (QUESTIONS.contains(first)) {
      throw new DtsException(
          DtsError.DEFINITION_SYNTAX,
          statement.location() + ": " + first + " has nowhere to print its answer in a job",
          "remove the statement, or run it in Flink's SQL client");
    }
    translated(
        statement.location().toString(),
        () -> {
          planner.executeSql(statement.resolved());
          TwinTables.statements(statement.resolved()).forEach(planner::executeSql);
        });
  }

  /** Runs something of Flink's planner; what it refuses is named with its place. */
  private static void translated(String place, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      Throwable cause = e;
      while (cause.getCause() != null && !(cause instanceof DtsException)) {
        cause = cause.getCause();
      }
      if (cause instanceof DtsException ours) {
        throw ours;
      }
      throw new DtsException(
          DtsError.DEFINITION_SYNTAX,
          place + ": Flink refuses it: " + cause.getMessage(),
          "correct the statement; Flink's documentation describes its SQL",
          e);
    }
  }
}
