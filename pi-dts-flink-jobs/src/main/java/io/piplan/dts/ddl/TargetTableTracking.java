package io.piplan.dts.ddl;

import io.piplan.dts.DtsException;
import io.piplan.dts.GhostTables;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.Lsn;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StreamTables;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.TableTracking;
import io.piplan.dts.jdbc.BinlogEnd;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows tables with the help of the target: what is known of them is kept there. */
public final class TargetTableTracking implements TableTracking {
  private static final Logger LOG = LoggerFactory.getLogger(TargetTableTracking.class);

  private final TableTrackingOptions options;
  private final SchemaStore store;

  /** For a target that is a database. */
  public TargetTableTracking(TableTrackingOptions options) {
    this(options, new JdbcSchemaStore(options.target(), options.schema(), options.sync()));
  }

  /** For a target that keeps texts. */
  public TargetTableTracking(TableTrackingOptions options, TextTarget target) {
    this(options, new TextSchemaStore(target, options.sync()));
  }

  private TargetTableTracking(TableTrackingOptions options, SchemaStore store) {
    this.options = options;
    this.store = store;
  }

  /**
   * Reads the tables now, for a sync that starts and of which nothing is known yet.
   *
   * @return where it may begin, as the server calls it
   */
  public BinlogEnd.Found readTables() {
    return new OneReading(options, store).readTables(null).end();
  }

  @Override
  public Session open() {
    return new OneReading(options, store);
  }

  /** One reading of the binlog. */
  private static final class OneReading implements Session, SchemaFollower.Surroundings {
    private final TableTrackingOptions options;
    private final SchemaStore store;
    private final LiveSource source;
    private final String token = UUID.randomUUID().toString();
    private final Map<Lsn, TargetWork> works = new ConcurrentHashMap<>();
    private volatile ServerFacts facts;
    private volatile SchemaFollower tables;
    private volatile DdlRunner runner;
    private volatile boolean closed;
    private SchemaChange current;
    private CompletableFuture<Void> running;

    OneReading(TableTrackingOptions options, SchemaStore store) {
      this.options = options;
      this.store = store;
      this.source = new LiveSource(options.source());
    }

    @Override
    public Lsn begin(Lsn from, boolean fresh) {
      store.prepare();
      store.claim(token);
      facts = source.facts();
      SchemaHistory history = new SchemaHistory(store.load());
      Lsn begin = from;
      if (history.isEmpty()) {
        boolean floats = fresh && options.floating();
        Lsn read = readTables(floats ? null : from).at();
        begin = floats ? read : from;
        history = new SchemaHistory(store.load());
      } else if (fresh && options.floating()) {
        // An attempt before this one came no further than that.
        begin = Lsn.max(from, history.begin());
      } else {
        prune(history);
      }
      if (history.newest().stream().anyMatch(this::isUnread)) {
        readAgain(history, begin);
        history = new SchemaHistory(store.load());
      }
      tables =
          new SchemaFollower(
              options.rules(),
              options.policy(),
              facts,
              options.copies(),
              new GeneratedNames(this::live).current(history.at(begin)),
              this);
      return begin;
    }

    /**
     * Reads and stores what the tables are like now.
     *
     * @param since from where on they count as being so; null for where they are read
     */
    private LiveSource.All readTables(Lsn since) {
      store.prepare();
      LiveSource.All all = source.all(options.rules().database(), options.rules()::includes);
      List<TableVersion> first = versions(all, since == null ? all.at() : since);
      store.save(first);
      LOG.info(
          "{}: {} tables of {} read at {}",
          options.sync(),
          first.size(),
          options.rules().database(),
          all.at());
      return all;
    }

    /** Whether all that was known of a table is forgotten, as it has changed unseen. */
    private boolean isUnread(TableVersion version) {
      return version.isUnread() && options.rules().includes(version.table());
    }

    /** Reads what is forgotten, and whatever goes other ways with it than before. */
    private void readAgain(SchemaHistory history, Lsn since) {
      LiveSource.All all = source.all(options.rules().database(), options.rules()::includes);
      Map<TableId, TableVersion> now = new HashMap<>();
      versions(all, since).forEach(version -> now.put(version.table(), version));
      List<TableVersion> read = new ArrayList<>();
      List<TableVersion> gone = new ArrayList<>();
      for (TableVersion version : history.newest()) {
        TableVersion found = now.get(version.table());
        if (isUnread(version)) {
          (found == null ? gone : read).add(found == null ? version : found);
        } else if (found != null
            && version.state() == TableVersion.State.THERE
            && !Objects.equals(version.group(), found.group())) {
          read.add(version.from(since).withGroup(found.group()));
        }
      }
      store.remove(gone);
      store.save(read);
      LOG.info(
          "{}: {} tables that had changed unseen read at {}",
          options.sync(),
          read.size(),
          all.at());
    }

    /** Versions that no place of the binlog which the source still has can ask for. */
    private void prune(SchemaHistory history) {
      Lsn first = source.firstFile();
      List<TableVersion> outdated = new ArrayList<>();
      for (TableVersion version : history.outdated(first)) {
        // Numbers of chunks and the like go on; a table's newest version stays in any case.
        outdated.add(version);
      }
      store.remove(outdated);
    }

    private List<TableVersion> versions(LiveSource.All all, Lsn since) {
      Set<String> names = new HashSet<>();
      all.tables().forEach(table -> names.add(table.schema().id().table()));
      List<TableVersion> versions = new ArrayList<>();
      for (TableDefinition table : all.tables()) {
        versions.add(version(table.schema().id(), table, since, all.at(), names));
      }
      for (TableId table : all.unreadable()) {
        versions.add(version(table, null, since, all.at(), names));
      }
      return grouped(versions);
    }

    private TableVersion version(
        TableId id, TableDefinition table, Lsn since, Lsn readAt, Set<String> names) {
      Optional<String> origin =
          options.rules().names(id)
              ? Optional.empty()
              : GhostTables.originOf(id.table(), names::contains);
      return new TableVersion(
          id,
          since,
          since.equals(readAt) ? null : readAt,
          origin.isPresent() ? TableVersion.State.ASIDE : TableVersion.State.THERE,
          since,
          id,
          table,
          options.rules().target(id).table(),
          Divergence.NONE,
          null,
          origin
              .map(name -> new Ghost(new TableId(id.database(), name), false, List.of()))
              .orElse(null));
    }

    private List<TableVersion> grouped(List<TableVersion> versions) {
      List<TableSchema> schemas = new ArrayList<>();
      for (TableVersion version : versions) {
        if (isSynced(version)) {
          schemas.add(options.rules().keyed(version.definition()).schema());
        }
      }
      LaneAssigner lanes = LaneAssigner.of(schemas);
      Map<TableId, String> groups = new HashMap<>();
      schemas.forEach(schema -> groups.put(schema.id(), lanes.group(schema)));
      return versions.stream().map(v -> v.withGroup(groups.get(v.table()))).toList();
    }

    private boolean isSynced(TableVersion version) {
      return version.state() == TableVersion.State.THERE
          && version.definition() != null
          && options.rules().includes(version.table());
    }

    @Override
    public StreamTables tables() {
      return Objects.requireNonNull(tables, "begin was not called");
    }

    @Override
    public Optional<LiveSource.One> live(TableId table) {
      try {
        return source.one(table);
      } catch (DtsException e) {
        if (!e.error().retryable()) {
          throw e;
        }
        // Only to make sure; the binlog itself is read on another connection.
        LOG.info("{}: {} can't be asked about: {}", options.sync(), table, e.problem());
        return Optional.empty();
      }
    }

    @Override
    public String collation() {
      return source.collation(options.rules().database());
    }

    @Override
    public void store(List<TableVersion> versions) {
      store.save(versions);
    }

    @Override
    public void work(TargetWork work) {
      if (!work.note().isEmpty()) {
        LOG.info(
            "{}: ignored at {}: {} ({})",
            options.sync(),
            work.lsn(),
            work.note(),
            work.statement().shortened());
      }
      works.put(work.lsn(), work);
    }

    @Override
    public boolean isDone(SchemaChange change) {
      if (running == null || !change.equals(current)) {
        current = change;
        running = start(works.get(change.lsn()));
      }
      if (!running.isDone()) {
        return false;
      }
      try {
        running.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof DtsException failure) {
          throw failure;
        }
        throw e;
      }
      works.remove(change.lsn());
      running = null;
      return true;
    }

    private CompletableFuture<Void> start(TargetWork work) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      DdlRunner started = store.runner(options, facts.systemZone(), token);
      runner = started;
      Thread thread =
          new Thread(
              () -> {
                try {
                  started.run(work);
                  done.complete(null);
                } catch (InterruptedException e) {
                  done.completeExceptionally(e);
                } catch (DtsException e) {
                  if (!e.error().retryable() && !closed) {
                    started.recordFailure(work, e);
                  }
                  done.completeExceptionally(e);
                } catch (RuntimeException e) {
                  done.completeExceptionally(e);
                }
              },
              "pi-dts-ddl");
      thread.setDaemon(true);
      thread.start();
      if (closed) {
        started.abort();
      }
      return done;
    }

    @Override
    public void close() {
      closed = true;
      DdlRunner cut = runner;
      if (cut != null) {
        cut.abort();
      }
    }
  }
}
