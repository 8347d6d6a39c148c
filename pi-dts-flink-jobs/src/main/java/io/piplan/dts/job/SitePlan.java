package io.piplan.dts.job;

import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.copy.LiveCopyTables.RowTests;
import io.piplan.dts.flink.ChangeFilter;
import io.piplan.dts.flink.LoopbackFilter;
import io.piplan.dts.loopback.SiteLink;
import io.piplan.dts.loopback.SiteLinks;
import io.piplan.dts.loopback.TableLoopback;
import io.piplan.dts.resync.RowClaims;
import io.piplan.dts.sql.SiteOptions;
import io.piplan.dts.sql.SiteOptions.LoopPrevention;
import io.piplan.meta.MetadataDocument;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a sync does because of the sites it goes between.
 *
 * @param document the metadata as read; empty if the definition names none
 */
record SitePlan(
    LoopPrevention loopPrevention, Optional<MetadataDocument> document, Optional<SiteLink> link) {
  static final SitePlan NONE =
      new SitePlan(LoopPrevention.NONE, Optional.empty(), Optional.empty());

  /**
   * @param documents reads the document that the definition names
   */
  static SitePlan of(SiteOptions options, Function<String, MetadataDocument> documents) {
    Optional<MetadataDocument> document =
        options.link().map(SiteOptions.Link::metadataFile).map(documents);
    Optional<SiteLink> link =
        document.map(
            read ->
                SiteLinks.between(
                    read,
                    options.link().orElseThrow().sourceZone(),
                    options.link().orElseThrow().targetZone(),
                    options.loopPrevention() == LoopPrevention.VERSION));
    return new SitePlan(options.loopPrevention(), document, link);
  }

  boolean preventsLoops() {
    return loopPrevention != LoopPrevention.NONE;
  }

  /** Which changes of the source's site are sent. */
  ChangeFilter changes() {
    return link.map(known -> (ChangeFilter) new LoopbackFilter(known)).orElse(ChangeFilter.ALL);
  }

  /** Which of the rows that the definition takes are copied. */
  RowTests copied(RowTests definition) {
    return loopPrevention == LoopPrevention.VERSION
        ? new OwnRows(link.orElseThrow(), definition)
        : definition;
  }

  /** Which rows may be made again as the source has them. */
  RowClaims claims() {
    return preventsLoops()
        ? link.map(known -> (RowClaims) new SiteClaims(known)).orElse(RowClaims.UNKNOWN)
        : RowClaims.ALL;
  }

  /** Who owns a row, in words; empty if nobody says. */
  Optional<String> owner(TableSchema schema, Row row) {
    return link.flatMap(known -> new TableLoopback(known, schema).owner(row));
  }

  /** What marks transactions on a MySQL target; null for nothing. */
  Integer origin() {
    return preventsLoops() ? link.map(known -> known.source().id()).orElse(0) : null;
  }
}
