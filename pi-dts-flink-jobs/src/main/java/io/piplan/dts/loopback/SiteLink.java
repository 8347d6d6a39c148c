package io.piplan.dts.loopback;

import io.piplan.meta.Metadata;
import io.piplan.meta.Zone;
import java.io.Serializable;
import java.util.Objects;

/**
 * A sync's way from one site to another.
 *
 * @param metadata who owns what; null if nobody says
 * @param source the zone that is read
 * @param target the zone that is written to
 * @param versions whether the rows' versions tell whose changes they are; else only the marks do
 *     that syncs leave in the binlog
 */
public record SiteLink(Metadata metadata, Zone source, Zone target, boolean versions)
    implements Serializable {
  public SiteLink {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(target, "target");
  }
}
