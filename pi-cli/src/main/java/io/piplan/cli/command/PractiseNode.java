package io.piplan.cli.command;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Looks like a data node for as long as a proxy practises: takes any login, answers what a proxy
 * asks when it starts, and says OK to whatever else it is told. It has two shards of one table.
 */
final class PractiseNode implements AutoCloseable {
  private static final int LONG_PASSWORD = 1;
  private static final int FOUND_ROWS = 1 << 1;
  private static final int LONG_FLAG = 1 << 2;
  private static final int WITH_SCHEMA = 1 << 3;
  private static final int LOCAL_FILES = 1 << 7;
  private static final int PROTOCOL_41 = 1 << 9;
  private static final int TRANSACTIONS = 1 << 13;
  private static final int SECURE = 1 << 15;
  private static final int MULTI_STATEMENTS = 1 << 16;
  private static final int MULTI_RESULTS = 1 << 17;
  private static final int PS_MULTI_RESULTS = 1 << 18;
  private static final int PLUGIN = 1 << 19;
  private static final int TRACKS = 1 << 23;
  private static final int NO_EOF = 1 << 24;
  private static final int OFFERED =
      LONG_PASSWORD
          | FOUND_ROWS
          | LONG_FLAG
          | WITH_SCHEMA
          | LOCAL_FILES
          | PROTOCOL_41
          | TRANSACTIONS
          | SECURE
          | MULTI_STATEMENTS
          | MULTI_RESULTS
          | PS_MULTI_RESULTS
          | PLUGIN
          | TRACKS
          | NO_EOF;
  private static final int AUTOCOMMIT = 2;
  private static final int UTF8MB4 = 45;
  private static final int VAR_STRING = 253;
  private static final int QUIT = 1;
  private static final int QUERY = 3;

  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

  PractiseNode() throws IOException {
    begin(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void begin(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // The other side, or all of it, has ended.
              }
            },
            "pi-practise");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listening.accept();
      begin(() -> new Talk(client).run());
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }

  /** One connection. */
  private static final class Talk {
    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private int sequence;
    private boolean noEof;

    Talk(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new DataInputStream(socket.getInputStream());
      this.out = socket.getOutputStream();
    }

    void run() throws IOException {
      try (socket) {
        greet();
        byte[] login = packet();
        noEof = (login[3] & NO_EOF >>> 24) != 0;
        ok(0);
        for (byte[] command = packet(); command[0] != QUIT; command = packet()) {
          if (command[0] == QUERY) {
            query(new String(command, 1, command.length - 1, StandardCharsets.UTF_8));
          } else {
            ok(0);
          }
        }
      }
    }

    private byte[] packet() throws IOException {
      int length = in.read();
      if (length < 0) {
        throw new EOFException();
      }
      length |= in.readUnsignedByte() << 8 | in.readUnsignedByte() << 16;
      sequence = in.readUnsignedByte() + 1;
      byte[] payload = new byte[length];
      in.readFully(payload);
      return payload;
    }

    private void send(ByteArrayOutputStream payload) throws IOException {
      byte[] bytes = payload.toByteArray();
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      number(whole, bytes.length, 3);
      whole.write(sequence++);
      whole.write(bytes);
      out.write(whole.toByteArray());
    }

    private static void number(ByteArrayOutputStream to, int value, int bytes) {
      for (int i = 0; i < bytes; i++) {
        to.write(value >>> (8 * i));
      }
    }

    private static void text(ByteArrayOutputStream to, String value) {
      byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
      to.write(bytes.length);
      to.writeBytes(bytes);
    }

    private void greet() throws IOException {
      ByteArrayOutputStream greeting = new ByteArrayOutputStream();
      greeting.write(10);
      greeting.writeBytes("11.4.0-MariaDB\0".getBytes(StandardCharsets.US_ASCII));
      number(greeting, 1, 4);
      greeting.writeBytes("practise\0".getBytes(StandardCharsets.US_ASCII));
      number(greeting, OFFERED, 2);
      greeting.write(UTF8MB4);
      number(greeting, AUTOCOMMIT, 2);
      number(greeting, OFFERED >>> 16, 2);
      greeting.write(21);
      greeting.writeBytes(new byte[10]);
      greeting.writeBytes("practise1234\0".getBytes(StandardCharsets.US_ASCII));
      greeting.writeBytes("mysql_native_password\0".getBytes(StandardCharsets.US_ASCII));
      send(greeting);
    }

    private void ok(int header) throws IOException {
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      answer.write(header);
      if (header == 0 || noEof) {
        answer.write(0);
        answer.write(0);
      }
      number(answer, header == 0 || noEof ? AUTOCOMMIT : 0, 2);
      number(answer, header == 0 || noEof ? 0 : AUTOCOMMIT, 2);
      send(answer);
    }

    private void query(String sql) throws IOException {
      String upper = sql.toUpperCase(Locale.ROOT);
      if (upper.contains("INFORMATION_SCHEMA.COLUMNS")) {
        rows(
            7,
            Arrays.asList("item_0", "id", "int", "int(11)", null, "", null),
            Arrays.asList("item_1", "id", "int", "int(11)", null, "", null));
      } else if (upper.contains("INFORMATION_SCHEMA.STATISTICS")) {
        rows(4, List.of("item_0", "PRIMARY", "id", ""), List.of("item_1", "PRIMARY", "id", ""));
      } else if (upper.contains("INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS")) {
        rows(5);
      } else if (upper.contains("@@VERSION") || upper.contains("@@SQL_MODE")) {
        rows(1, List.of(upper.contains("MODE") ? "" : "11.4.0-MariaDB"));
      } else if (upper.contains("DATABASE()") || upper.contains("_LOCK(")) {
        // Its two nodes are to be taken for two.
        rows(
            1,
            Collections.singletonList(
                upper.contains("DATABASE()") ? "shop" : upper.contains("USED") ? null : "1"));
      } else if (upper.startsWith("XA RECOVER")) {
        rows(4);
      } else {
        ok(0);
      }
    }

    @SafeVarargs
    private void rows(int columns, List<String>... rows) throws IOException {
      ByteArrayOutputStream count = new ByteArrayOutputStream();
      count.write(columns);
      send(count);
      for (String name : Collections.nCopies(columns, "id")) {
        column(name);
      }
      if (!noEof) {
        ok(0xfe);
      }
      for (List<String> row : rows) {
        ByteArrayOutputStream values = new ByteArrayOutputStream();
        for (String value : row) {
          if (value == null) {
            values.write(0xfb);
          } else {
            text(values, value);
          }
        }
        send(values);
      }
      ok(0xfe);
    }

    private void column(String name) throws IOException {
      ByteArrayOutputStream definition = new ByteArrayOutputStream();
      for (String one : List.of("def", "shop", "item", "item_0", name, name)) {
        text(definition, one);
      }
      definition.write(12);
      number(definition, UTF8MB4, 2);
      number(definition, 80, 4);
      definition.write(VAR_STRING);
      number(definition, 0, 5);
      send(definition);
    }
  }
}
