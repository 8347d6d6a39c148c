package io.piplan.proxy.command;

import io.netty.buffer.ByteBuf;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A statement about the proxy itself, which no node could answer. */
public sealed interface AdminStatement {

  /** Tables of the proxy's own. */
  enum Table {
    NODES,
    TABLES,
    RULES,
    SESSIONS,
    TRANSACTIONS,
    POOLS,
    STATEMENTS
  }

  /** {@code SHOW PI …}. */
  record Show(Table table) implements AdminStatement {}

  /** {@code SHOW [FULL] PROCESSLIST}: the sessions as MySQL's programs want to see them. */
  record ProcessList() implements AdminStatement {}

  /** {@code SELECT CONNECTION_ID()}: the number that KILL takes. */
  record ConnectionId() implements AdminStatement {}

  /** {@code RELOAD}: reads the configuration again. */
  record Reload() implements AdminStatement {}

  /**
   * {@code CHECK COPIES OF table [FROM 0 | 1]} and {@code REPAIR COPIES OF table FROM 0 | 1}.
   *
   * @param right the copy that is taken for right
   */
  record Copies(String table, int right, boolean repairs) implements AdminStatement {}

  /** {@code FORGET DECISIONS OF node}: for a node that is gone for good. */
  record Forget(String node) implements AdminStatement {}

  /** A name may be in backticks. */
  Pattern FORGET =
      Pattern.compile("(?is)\\s*FORGET\\s+DECISIONS\\s+OF\\s+(`(?:[^`]|``)+`|[^\\s`;]+)\\s*;?\\s*");

  /** Of CHECK and REPAIR; a name may be in backticks. */
  Pattern COPIES =
      Pattern.compile(
          "(?is)\\s*(?:CHECK|REPAIR)\\s+COPIES\\s+OF\\s+(`(?:[^`]|``)+`|[^\\s`;]+)"
              + "(?:\\s+FROM\\s+([01]))?\\s*;?\\s*");

  /** The whole statement. */
  Pattern CONNECTION_ID =
      Pattern.compile("(?is)\\s*SELECT\\s+CONNECTION_ID\\s*\\(\\s*\\)\\s*;?\\s*");

  /**
   * Empty if it is none.
   *
   * @param scan of the text
   * @param payload the command with the text
   * @throws ProxyException if it begins like one and goes on otherwise
   */
  static Optional<AdminStatement> of(StatementScan scan, ByteBuf payload) {
    String first = scan.word(0);
    if (first.equals("SELECT")) {
      return scan.word(1).equals("CONNECTION_ID") && CONNECTION_ID.matcher(text(payload)).matches()
          ? Optional.of(new ConnectionId())
          : Optional.empty();
    }
    if (first.equals("SHOW") || first.equals("RELOAD")) {
      return scan.statements().size() == 1 ? words(scan, first) : Optional.empty();
    }
    if (first.equals("FORGET") && scan.word(1).equals("DECISIONS")) {
      return scan.statements().size() == 1 ? Optional.of(forget(payload)) : Optional.empty();
    }
    boolean copies =
        (first.equals("CHECK") || first.equals("REPAIR")) && scan.word(1).equals("COPIES");
    return copies && scan.statements().size() == 1
        ? Optional.of(copies(first.equals("REPAIR"), payload))
        : Optional.empty();
  }

  private static Optional<AdminStatement> words(StatementScan scan, String first) {
    String second = scan.word(1);
    if (first.equals("RELOAD")) {
      return second.isEmpty() ? Optional.of(new Reload()) : Optional.empty();
    }
    boolean full = second.equals("FULL");
    if (scan.word(full ? 2 : 1).equals("PROCESSLIST") && scan.word(full ? 3 : 2).isEmpty()) {
      return Optional.of(new ProcessList());
    }
    return second.equals("PI") ? Optional.of(new Show(table(scan.word(2)))) : Optional.empty();
  }

  private static Table table(String name) {
    for (Table table : Table.values()) {
      if (table.name().equals(name)) {
        return table;
      }
    }
    StringBuilder known = new StringBuilder();
    for (Table table : Table.values()) {
      known.append(known.length() == 0 ? "" : ", ").append(table.name());
    }
    throw new ProxyException(
        ProxyError.SYNTAX, "found SHOW PI " + name + ", expected SHOW PI and one of " + known);
  }

  private static String text(ByteBuf payload) {
    return payload.toString(
        payload.readerIndex() + 1, payload.readableBytes() - 1, StandardCharsets.UTF_8);
  }

  private static Copies copies(boolean repairs, ByteBuf payload) {
    Matcher form = COPIES.matcher(text(payload));
    if (!form.matches() || (repairs && form.group(2) == null)) {
      throw new ProxyException(
          ProxyError.SYNTAX,
          repairs
              ? "expected REPAIR COPIES OF table FROM 0 (or FROM 1): the copy that is taken for"
                  + " right"
              : "expected CHECK COPIES OF table, or CHECK COPIES OF table FROM 1");
    }
    return new Copies(
        name(form.group(1)), form.group(2) == null ? 0 : Integer.parseInt(form.group(2)), repairs);
  }

  private static Forget forget(ByteBuf payload) {
    Matcher form = FORGET.matcher(text(payload));
    if (!form.matches()) {
      throw new ProxyException(ProxyError.SYNTAX, "expected FORGET DECISIONS OF node");
    }
    return new Forget(name(form.group(1)));
  }

  private static String name(String written) {
    return written.startsWith("`")
        ? written.substring(1, written.length() - 1).replace("``", "`")
        : written;
  }
}
