package io.piplan.dts;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a binlog reader calls itself at the source, where it stands among the replicas ({@code SHOW
 * REPLICAS}) in the place of a host name. So others see who has a replica id, wherever it runs.
 *
 * @param name of the sync or job, as far as there is room for it
 * @param mark tells apart syncs of one name with other targets
 */
public record ReaderName(String name, String mark) implements Serializable {
  /** Servers take 60 characters of a host name. */
  private static final int NAME_LENGTH = 40;

  private static final Pattern REPORTED = Pattern.compile("pi-dts:(.*):([0-9a-f]{8})");

  /** The reader of a sync, or of a job of plain statements with {@code target} saying which. */
  public static ReaderName of(String name, String target) {
    String shown = name.replaceAll("[^\\x21-\\x7e]", "_");
    return new ReaderName(
        shown.substring(0, Math.min(shown.length(), NAME_LENGTH)), mark(name + "\0" + target));
  }

  private static String mark(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** As it stands at the server. */
  public String reported() {
    return "pi-dts:" + name + ":" + mark;
  }

  /** The reader of that name, if it is one and no replica's host. */
  public static Optional<ReaderName> parse(String reported) {
    Matcher matcher = REPORTED.matcher(reported);
    return matcher.matches()
        ? Optional.of(new ReaderName(matcher.group(1), matcher.group(2)))
        : Optional.empty();
  }
}
