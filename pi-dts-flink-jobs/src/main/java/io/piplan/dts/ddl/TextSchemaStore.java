package io.piplan.dts.ddl;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The versions of a sync's tables in one text of the target, what was done in another. */
record TextSchemaStore(TextTarget target, String sync) implements SchemaStore {
  private static final String VERSIONS = "versions";
  private static final String READER = "reader";

  @Override
  public void prepare() {}

  @Override
  public void claim(String token) {
    target.keep(READER, token);
  }

  boolean isClaimed(String token) {
    return target.text(READER).equals(Optional.of(token));
  }

  boolean isClaimed(String token, TextTarget.Watch watch) {
    return watch.text(READER).equals(Optional.of(token));
  }

  @Override
  public List<TableVersion> load() {
    return target.text(VERSIONS).map(VersionJson::readAll).orElse(List.of());
  }

  @Override
  public List<TableVersion> load(TableId id) {
    return load().stream().filter(version -> version.table().equals(id)).toList();
  }

  @Override
  public String stamp() {
    String text = target.text(VERSIONS).orElse("");
    return text.length() + "/" + text.hashCode();
  }

  @Override
  public Lsn settled() {
    return notes().stream()
        .filter(note -> note.state() == DdlLog.State.DONE)
        .map(DdlNote::lsn)
        .reduce(Lsn.START, Lsn::max);
  }

  @Override
  public void save(Collection<TableVersion> versions) {
    if (!versions.isEmpty()) {
      List<TableVersion> all = without(versions);
      all.addAll(versions);
      target.keep(VERSIONS, VersionJson.writeAll(all));
    }
  }

  @Override
  public void remove(Collection<TableVersion> versions) {
    if (!versions.isEmpty()) {
      target.keep(VERSIONS, VersionJson.writeAll(without(versions)));
    }
  }

  private List<TableVersion> without(Collection<TableVersion> versions) {
    List<TableVersion> rest = new ArrayList<>(load());
    rest.removeIf(
        old ->
            versions.stream()
                .anyMatch(
                    other ->
                        other.table().equals(old.table()) && other.since().equals(old.since())));
    return rest;
  }

  List<DdlNote> notes() {
    return target.text(TextTarget.STATEMENTS).map(VersionJson::readNotes).orElse(List.of());
  }

  Optional<DdlNote> note(Lsn place) {
    return notes().stream().filter(note -> note.isOf(place)).findFirst();
  }

  /** In place of the one of the same statement. */
  void keep(DdlNote note) {
    List<DdlNote> all = new ArrayList<>(notes());
    all.removeIf(old -> old.isOf(note.lsn()));
    all.add(note);
    target.keep(TextTarget.STATEMENTS, VersionJson.writeNotes(all));
  }

  @Override
  public DdlRunner runner(TableTrackingOptions options, String systemZone, String token) {
    return new TextDdlRunner(this, options.rules(), options.writers(), token);
  }
}
