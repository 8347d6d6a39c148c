package io.piplan.proxy.routed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.Value;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.ColumnType;
import io.piplan.proxy.protocol.StatementExecution.ParameterType;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts of rows become binary values, and binary parameters become the same texts again. */
class ValuesTest {
  private static Value back(ColumnType type, boolean unsigned, String text) {
    byte[] binary = BinaryValues.of(type, text.getBytes(StandardCharsets.UTF_8));
    return new BoundValues(StandardCharsets.UTF_8).of(new ParameterType(type, unsigned), binary);
  }

  @ParameterizedTest
  @CsvSource({
    "TINY,false,-128,-128",
    "TINY,true,255,255",
    "SHORT,false,-32768,-32768",
    "SHORT,true,65535,65535",
    "YEAR,true,2155,2155",
    "LONG,false,-2147483648,-2147483648",
    "LONG,true,4294967295,4294967295",
    "INT24,false,00042,42",
    "LONGLONG,false,-9223372036854775808,-9223372036854775808",
    "LONGLONG,true,18446744073709551615,18446744073709551615",
    "DOUBLE,false,-1.5e300,-1.5E300",
    "DOUBLE,false,0.1,0.1E0",
    "DOUBLE,false,999999999999999,999999999999999",
    "DOUBLE,false,-1000000000000000,-1000000000000000.",
    "DOUBLE,false,-0.0,0.",
    "FLOAT,false,1.25,1.25E0",
    "FLOAT,false,1.1,1.100000023841858E0",
    "NEWDECIMAL,false,-0.10,-0.10",
    "DATE,false,2024-02-29,'''2024-02-29'''",
    "DATE,false,0000-00-00,'''0000-00-00'''",
    "DATETIME,false,2024-02-29 00:00:00,'''2024-02-29 00:00:00'''",
    "DATETIME,false,2024-02-29 23:59:59.5,'''2024-02-29 23:59:59.500000'''",
    "TIMESTAMP,false,1970-01-01 00:00:01.000001,'''1970-01-01 00:00:01.000001'''",
    "TIME,false,-838:59:59,'''-838:59:59'''",
    "TIME,false,00:00:00,'''00:00:00'''",
    "TIME,false,01:02:03.25,'''01:02:03.250000'''",
    "VAR_STRING,false,größe 😀,'''größe 😀'''",
  })
  void thereAndBack(ColumnType type, boolean unsigned, String text, String literal) {
    assertThat(back(type, unsigned, text).literal()).isEqualTo(literal);
  }

  @Test
  void bytesThatAreNoTextStayBytes() {
    byte[] bytes = {(byte) 0xff, 0, 'a'};
    BoundValues bound = new BoundValues(StandardCharsets.UTF_8);

    assertThat(bound.of(new ParameterType(ColumnType.VAR_STRING, false), bytes).literal())
        .isEqualTo("x'ff0061'");
    assertThat(bound.of(new ParameterType(ColumnType.BLOB, false), bytes).literal())
        .isEqualTo("x'ff0061'");
  }

  @Test
  void textsOfOtherCharsetsAreRead() {
    BoundValues bound = new BoundValues(StandardCharsets.ISO_8859_1);

    assertThat(
            bound
                .of(new ParameterType(ColumnType.STRING, false), new byte[] {(byte) 0xe4})
                .asText())
        .isEqualTo("ä");
  }

  @Test
  void parametersCannotCarrySql() {
    BoundValues bound = new BoundValues(StandardCharsets.UTF_8);
    byte[] sql = "1) OR (1=1".getBytes(StandardCharsets.US_ASCII);

    assertThatThrownBy(() -> bound.of(new ParameterType(ColumnType.NEWDECIMAL, false), sql))
        .isInstanceOf(ProxyException.class);
    assertThatThrownBy(() -> back(ColumnType.DOUBLE, false, "NaN"))
        .isInstanceOf(ProxyException.class);
    assertThatThrownBy(() -> BinaryValues.of(ColumnType.DATE, sql))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
