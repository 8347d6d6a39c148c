package io.piplan.dts;

import java.io.Serializable;
import java.util.Objects;

/**
 * Which of the servers that a sync has read one after the other. After a fail-over of its source
 * the sync goes on at another server, whose binlog has files and positions of its own: these belong
 * to the next timeline, and are later than all of the one before.
 *
 * @param number 0 for the server that the sync began with
 * @param server what tells that server from others, as the server itself says it; empty if that
 *     must not matter
 */
public record Timeline(int number, String server) implements Serializable {
  /** For whoever reads any server, and never another one. */
  public static final Timeline ANY = new Timeline(0, "");

  private static final char MARK = '/';

  public Timeline {
    Objects.requireNonNull(server, "server");
    if (number < 0) {
      throw new IllegalArgumentException("timeline " + number);
    }
  }

  public Timeline next(String nextServer) {
    return new Timeline(number + 1, nextServer);
  }

  /**
   * The name of a binlog file in an {@link Lsn}: no server has files with a slash in their names.
   */
  public String file(String name) {
    return number == 0 || name.isEmpty() ? name : "" + number + MARK + name;
  }

  /** The number in the name of a file of an {@link Lsn}. */
  static int number(String file) {
    int mark = file.indexOf(MARK);
    return mark < 0 ? 0 : Integer.parseInt(file, 0, mark, 10);
  }

  /** The name that the server has for a file of an {@link Lsn}. */
  static String name(String file) {
    return file.substring(file.indexOf(MARK) + 1);
  }
}
