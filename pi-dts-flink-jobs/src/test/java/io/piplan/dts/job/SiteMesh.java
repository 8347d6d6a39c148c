package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** Sites with a sync from each to each other one. */
final class SiteMesh {
  private final SyncHarness syncs;
  private final List<Site> sites;
  private final Path metadata;

  /**
   * Zones own equal shares of ZSIDs, which are {@code id} modulo the number of sites times two.
   *
   * @param tables those that have a column {@code id} as their ZSKey
   */
  SiteMesh(SyncHarness syncs, Path folder, List<Site> sites, String... tables) throws IOException {
    this.syncs = syncs;
    this.sites = List.copyOf(sites);
    this.metadata = folder.resolve("sites.json");
    owners(index -> index, tables);
  }

  /** Which site, by its index, owns the pair of ZSIDs of a number. */
  interface Owners {
    int of(int pair);
  }

  /** Writes the metadata anew; syncs read it at their next start. */
  void owners(Owners owners, String... tables) throws IOException {
    List<String> zones = new ArrayList<>();
    List<String> owned = new ArrayList<>();
    for (int i = 0; i < sites.size(); i++) {
      Site site = sites.get(i);
      List<String> ids = new ArrayList<>();
      for (int pair = 0; pair < sites.size(); pair++) {
        if (owners.of(pair) == i) {
          ids.add("\"%d-%d\"".formatted(2 * pair, 2 * pair + 1));
        }
      }
      zones.add("{\"id\": %d, \"name\": \"%s\"}".formatted(site.zone().id(), site.zone().name()));
      owned.add("\"%s\": [%s]".formatted(site.zone().name(), String.join(", ", ids)));
    }
    String rules =
        List.of(tables).stream()
            .map(
                table ->
                    "{\"name\": \"%s\", \"zsKey\": {\"columns\": [\"id\"], \"algorithm\": \"m\"}}"
                        .formatted(table))
            .collect(Collectors.joining(", "));
    Files.writeString(
        metadata,
        """
        {"version": 1, "zones": [%s], "zsids": {"count": %d, "owners": {%s}},
         "algorithms": {"m": {"type": "mod"}}, "tables": [%s]}
        """
            .formatted(
                String.join(", ", zones), sites.size() * 2, String.join(", ", owned), rules));
  }

  Site site(int index) {
    return sites.get(index);
  }

  /** ZSIDs of a site: a row's is its id modulo {@link #zsids()}. */
  int zsids() {
    return sites.size() * 2;
  }

  String sync(Site from, Site to) {
    return from.database() + "_to_" + to.zone().name();
  }

  String definition(Site from, Site to, String options) {
    return definition(
        from,
        to,
        SyncHarness.mySqlCatalog("a", from.server()),
        SyncHarness.mySqlCatalog("b", to.server()),
        options);
  }

  String definition(Site from, Site to, String a, String b, String options) {
    return a
        + b
        + """
        SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'parallelism' = '1',
          'checkpoint.interval' = '500 ms', 'target.not-empty' = 'upsert', %s);
        """
            .formatted(from.database(), to.database(), sync(from, to), options);
  }

  /** Options of a sync that goes by versions. */
  String byVersion(Site from, Site to) {
    return "'loop.prevention' = 'version', " + zones(from, to);
  }

  String zones(Site from, Site to) {
    return "'metadata.file' = '%s', 'zone.source' = '%s', 'zone.target' = '%s'"
        .formatted(metadata, from.zone().name(), to.zone().name());
  }

  void start(Site from, Site to) {
    syncs.start(definition(from, to, byVersion(from, to)), SyncLauncher.Start.CONTINUE);
  }

  /** Without what an earlier start has left. */
  void startFresh(Site from, Site to) {
    syncs.start(definition(from, to, byVersion(from, to)), SyncLauncher.Start.FRESH);
  }

  void stop(Site from, Site to) {
    syncs.control().stop(sync(from, to));
  }

  void startAll() {
    for (Site from : sites) {
      for (Site to : sites) {
        if (!from.equals(to)) {
          start(from, to);
        }
      }
    }
    awaitCopied();
  }

  /** Waits until a sync has stored where it is. */
  void awaitReading(Site from, Site to) {
    String places =
        "SELECT COUNT(*) FROM pi_dts_progress WHERE sync = '" + sync(from, to) + "' AND pos > 0";
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> to.number(places) > 0);
  }

  void awaitCopied() {
    for (Site from : sites) {
      for (Site to : sites) {
        if (!from.equals(to)) {
          syncs.awaitCopied(sync(from, to));
        }
      }
    }
  }

  /** Waits until all sites have the same rows, versions too. */
  void awaitEqual(String table) {
    awaitEqual(table, "t.*, pidal_c");
  }

  void awaitEqual(String table, String columns) {
    String query = "SELECT " + columns + " FROM " + table + " t ORDER BY 1";
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        // A column may not be there yet.
        .ignoreExceptionsInstanceOf(SQLException.class)
        .untilAsserted(
            () -> {
              List<List<String>> first = sites.get(0).rows(query);
              for (Site site : sites) {
                assertThat(site.rows(query)).as(table + " at " + site.zone()).isEqualTo(first);
              }
            });
  }

  /** Nothing but what syncs write of themselves is written any more, anywhere. */
  void assertAtRest() throws SQLException, InterruptedException {
    List<List<String>> ends = new ArrayList<>();
    for (Site site : sites) {
      ends.add(site.binlogEnd());
    }
    Thread.sleep(2500);
    for (int i = 0; i < sites.size(); i++) {
      assertThat(sites.get(i).changedSince(ends.get(i))).isEmpty();
    }
  }

  /** The changes that each sync has applied, in the order of {@link #startAll}. */
  List<Long> applied() throws SQLException {
    List<Long> applied = new ArrayList<>();
    for (Site from : sites) {
      for (Site to : sites) {
        if (!from.equals(to)) {
          applied.add(to.applied(sync(from, to)));
        }
      }
    }
    return applied;
  }

  /** What syncs recorded at all sites. */
  List<List<String>> conflicts() throws SQLException {
    List<List<String>> conflicts = new ArrayList<>();
    for (Site site : sites) {
      conflicts.addAll(site.rows("SELECT kind, row_key, reason FROM pi_dts_conflict"));
    }
    return conflicts;
  }
}
