package io.piplan.proxy.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drivers write bytes into the texts of their statements, and get the same ones back. */
@ExtendWith(ServersExtension.class)
class BytesInTextIT {
  @TempDir Path folder;
  private Shop shop;

  @BeforeEach
  void start(Servers servers) throws Exception {
    shop = new Shop(servers, folder);
    for (int node = 0; node < 2; node++) {
      shop.direct(node, "ALTER TABLE item_" + node + " ADD COLUMN data MEDIUMBLOB");
    }
    shop.start("", "");
  }

  @AfterEach
  void stop() throws SQLException {
    shop.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:mariadb://127.0.0.1:%d/shop?sslMode=disable",
        "jdbc:mysql://127.0.0.1:%d/shop?sslMode=DISABLED"
      })
  void bytesAreStoredAsTheyAre(String url) throws SQLException {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    // More than what goes past PiDAL.
    byte[] many = new byte[100_000];
    new Random(5).nextBytes(many);
    byte[][] values = {all, many, {(byte) 0xFF, (byte) 0xD8}, {}, {'\\'}, {'\''}};
    try (Connection app = DriverManager.getConnection(url.formatted(shop.proxy.port()), "app", "");
        PreparedStatement insert =
            app.prepareStatement("INSERT INTO item (id, note, data) VALUES (?, 'é', ?)");
        Statement statement = app.createStatement()) {
      for (int i = 0; i < values.length; i++) {
        insert.setInt(1, i);
        insert.setBytes(2, values[i]);
        insert.executeUpdate();
      }
      // Over both shards, in a transaction.
      app.setAutoCommit(false);
      try (PreparedStatement update =
          app.prepareStatement("UPDATE item SET data = CONCAT(data, ?) WHERE data <> ?")) {
        update.setBytes(1, new byte[] {(byte) 0xC3, '\'', (byte) 0x80});
        update.setBytes(2, all);
        assertThat(update.executeUpdate()).isEqualTo(values.length - 1);
      }
      app.commit();
      for (int i = 0; i < values.length; i++) {
        byte[] expected = values[i];
        if (i > 0) {
          expected = Arrays.copyOf(values[i], values[i].length + 3);
          System.arraycopy(
              new byte[] {(byte) 0xC3, '\'', (byte) 0x80}, 0, expected, values[i].length, 3);
        }
        try (ResultSet rows =
            statement.executeQuery("SELECT data, note FROM item WHERE id = " + i)) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getBytes(1)).as("value " + i).isEqualTo(expected);
          assertThat(rows.getString(2)).isEqualTo("é");
        }
      }
    }
  }

  private static final int LATIN1 = 8;
  private static final int BINARY = 63;

  /** As servers do: latin1 has the euro at 0x80, and what is binary is not converted. */
  @Test
  void textsOfLatin1AndOfNoCharset() throws Exception {
    byte[] euro = "€ž\u0081é".getBytes(UTF_8);
    stored(LATIN1, 1, new byte[] {(byte) 0x80, (byte) 0x9E, (byte) 0x81, (byte) 0xE9}, euro);
    stored(BINARY, 2, euro, euro);
  }

  private void stored(int collation, int id, byte[] text, byte[] expected) throws Exception {
    try (RawClient client = RawClient.login(shop.proxy.port(), "app", "shop", collation)) {
      ByteArrayOutputStream insert = new ByteArrayOutputStream();
      insert.write(("INSERT INTO item (id, note) VALUES (" + id + ", '").getBytes(UTF_8));
      insert.write(text);
      insert.write("')".getBytes(UTF_8));
      client.send(0, RawClient.query(insert.toByteArray()));
      assertThat(client.packet()[0]).isZero();
      client.send(0, RawClient.query("SELECT note FROM item WHERE id = " + id));
      client.packet();
      client.packet();
      client.packet();
      byte[] row = client.packet();
      assertThat(Arrays.copyOfRange(row, 1, row.length)).isEqualTo(text);
    }
    try (Connection app = shop.connect("app");
        Statement statement = app.createStatement();
        ResultSet rows = statement.executeQuery("SELECT HEX(note) FROM item WHERE id = " + id)) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getString(1)).isEqualTo(HexFormat.of().withUpperCase().formatHex(expected));
    }
  }
}
