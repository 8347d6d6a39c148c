package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** How often the target is asked. */
class ConflictRecorderTest {
  private boolean found;
  private int asked;

  private static <T> T fake(Class<T> type, java.lang.reflect.InvocationHandler answers) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, answers));
  }

  private Connection connection() {
    ResultSet rows =
        fake(ResultSet.class, (r, method, a) -> method.getName().equals("next") ? found : null);
    PreparedStatement statement =
        fake(
            PreparedStatement.class,
            (s, method, a) -> method.getName().equals("executeQuery") ? rows : null);
    return fake(
        Connection.class,
        (c, method, a) -> {
          asked++;
          return statement;
        });
  }

  @Test
  void aTableWithConflictsOfOthersIsNotAskedForThemAgain() throws SQLException {
    MySqlDialect dialect = new MySqlDialect();
    ControlTables tables = new ControlTables(false, "x", dialect::quote);
    ConflictRecorder recorder = new ConflictRecorder(tables, dialect, null);
    Connection on = connection();
    TableId table = new TableId("shop", "t");
    assertThat(recorder.anyOfOthers(on, "s", table)).isFalse();
    found = true;
    assertThat(recorder.anyOfOthers(on, "s", table)).isTrue();
    assertThat(recorder.anyOfOthers(on, "s", table)).isTrue();
    assertThat(asked).isEqualTo(2);
    assertThat(recorder.anyOfOthers(on, "s", new TableId("shop", "u"))).isTrue();
    assertThat(asked).isEqualTo(3);
  }
}
