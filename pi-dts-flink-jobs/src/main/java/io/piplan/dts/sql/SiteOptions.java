package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import java.util.List;
import java.util.Optional;

/**
 * Between which sites a sync goes, and what keeps changes from coming back.
 *
 * @param link empty if nothing is said of zones
 */
public record SiteOptions(LoopPrevention loopPrevention, Optional<Link> link) {
  /** What keeps changes from coming back. */
  public enum LoopPrevention {
    NONE,
    VERSION,
    MARKER
  }

  /** Zones and the document that has them. */
  public record Link(String metadataFile, String sourceZone, String targetZone) {}

  private static final List<SyncOption> LINK =
      List.of(SyncOption.METADATA_FILE, SyncOption.ZONE_SOURCE, SyncOption.ZONE_TARGET);

  static SiteOptions parse(OptionReader reader) {
    LoopPrevention prevention =
        reader
            .choice(SyncOption.LOOP_PREVENTION.spec(), LoopPrevention.class)
            .orElse(LoopPrevention.NONE);
    List<OptionText> written =
        LINK.stream().flatMap(option -> reader.written(option.spec()).stream()).toList();
    if (prevention == LoopPrevention.NONE && !written.isEmpty()) {
      throw written
          .get(0)
          .nameError(
              DtsError.DEFINITION_BAD_OPTION,
              "'" + written.get(0).name() + "' goes with a 'loop.prevention' that is not 'none'",
              "set 'loop.prevention' to 'version' or 'marker', or remove it");
    }
    if (prevention == LoopPrevention.VERSION || !written.isEmpty()) {
      LINK.forEach(option -> need(reader, option, written));
      return new SiteOptions(prevention, Optional.of(link(reader)));
    }
    return new SiteOptions(prevention, Optional.empty());
  }

  private static void need(OptionReader reader, SyncOption option, List<OptionText> written) {
    if (reader.written(option.spec()).isEmpty()) {
      OptionText other =
          written.isEmpty()
              ? reader.written(SyncOption.LOOP_PREVENTION.spec()).orElseThrow()
              : written.get(0);
      throw other.nameError(
          DtsError.DEFINITION_BAD_OPTION,
          "'" + other.name() + "' needs '" + option.spec().name() + "' too",
          "add '" + option.spec().name() + "' = '…'");
    }
  }

  private static Link link(OptionReader reader) {
    Link link =
        new Link(
            reader.text(SyncOption.METADATA_FILE.spec()).orElseThrow(),
            reader.text(SyncOption.ZONE_SOURCE.spec()).orElseThrow(),
            reader.text(SyncOption.ZONE_TARGET.spec()).orElseThrow());
    if (link.sourceZone().equals(link.targetZone())) {
      throw reader
          .written(SyncOption.ZONE_TARGET.spec())
          .orElseThrow()
          .valueError(
              DtsError.DEFINITION_BAD_OPTION,
              "source and target are both in zone '" + link.sourceZone() + "'",
              "name the zone of the target; within a zone no loop prevention is needed");
    }
    return link;
  }
}
