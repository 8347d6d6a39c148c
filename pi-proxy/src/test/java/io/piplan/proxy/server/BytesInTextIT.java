package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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
}
