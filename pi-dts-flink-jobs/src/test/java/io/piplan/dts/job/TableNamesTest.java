package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.apply.TombstoneChoice;
import io.piplan.dts.apply.VersionChoice;
import io.piplan.dts.sql.TablePattern;
import io.piplan.dts.sql.TableSelection;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TableNamesTest {
  /** Only its name on the target is known of a table, and each writer is told by a job. */
  @Test
  void tellsWhichTargetTablesItWritesByVersion() throws Exception {
    TableNames names =
        new TableNames(
            "src",
            "dst",
            new TableSelection(List.of(), List.of(new TablePattern("temp", false))),
            Map.of("orders", "orders_copy", "temp", "temp_copy"),
            Map.of(),
            Set.of(),
            false);
    VersionChoice versions = new VersionChoice("auto", Map.of("plain", "none"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(names.writtenBy(versions));
    TombstoneChoice choice =
        (TombstoneChoice)
            new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    assertThat(choice.includes("items")).isTrue();
    assertThat(choice.includes("orders_copy")).isTrue();
    assertThat(choice.includes("orders")).isFalse();
    assertThat(choice.includes("plain")).isFalse();
    assertThat(choice.includes("temp")).isFalse();
    assertThat(choice.includes("temp_copy")).isFalse();
    assertThat(names.writtenBy(VersionChoice.NOTHING).includes("items")).isFalse();
  }
}
