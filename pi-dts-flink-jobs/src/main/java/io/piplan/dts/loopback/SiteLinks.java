package io.piplan.dts.loopback;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.meta.MetaException;
import io.piplan.meta.Metadata;
import io.piplan.meta.MetadataDocument;
import io.piplan.meta.Zone;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** Makes {@link SiteLink}s from metadata documents. Errors are {@code DEFINITION_METADATA}. */
public final class SiteLinks {
  private SiteLinks() {}

  /** Reads a file, relative to the working directory. */
  public static MetadataDocument read(String file) {
    return read(() -> MetadataDocument.read(Path.of(file)));
  }

  /** Reads a document's text. */
  public static MetadataDocument parse(String name, String text) {
    return read(() -> MetadataDocument.parse(name, text));
  }

  /** What reads a document. */
  private interface Reading {
    MetadataDocument read();
  }

  private static MetadataDocument read(Reading reading) {
    try {
      return reading.read();
    } catch (MetaException e) {
      throw new DtsException(
          DtsError.DEFINITION_METADATA,
          "the metadata is refused: " + e.getMessage(),
          "correct the document; 'bin/pi sites show' checks it",
          e);
    }
  }

  /** The way between two zones of a document. */
  public static SiteLink between(
      MetadataDocument document, String source, String target, boolean versions) {
    return new SiteLink(
        document.metadata(), zone(document, source), zone(document, target), versions);
  }

  /** A zone by its name. */
  public static Zone zone(MetadataDocument document, String name) {
    Metadata metadata = document.metadata();
    return metadata
        .zone(name)
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.DEFINITION_METADATA,
                    document.name() + " has no zone '" + name + "'",
                    "name one of "
                        + metadata.zones().stream().map(Zone::name).collect(Collectors.toList())));
  }
}
