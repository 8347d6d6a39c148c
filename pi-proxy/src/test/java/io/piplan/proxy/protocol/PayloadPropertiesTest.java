package io.piplan.proxy.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.piplan.proxy.ProxyException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PayloadPropertiesTest {
  private static PayloadReader reader(ByteBuf buffer) {
    return new PayloadReader(buffer, "test packet");
  }

  @Property
  void lengthEncodedNumbersComeBack(@ForAll long number) {
    ByteBuf buffer = Unpooled.buffer();
    new PayloadWriter(buffer).lengthEncoded(number);
    PayloadReader in = reader(buffer);
    assertThat(in.lengthEncoded()).isEqualTo(number);
    in.end();
  }

  @Test
  void lengthEncodedNumbersAreAsShortAsTheProtocolSays() {
    Map<Long, Integer> lengths =
        Map.of(
            0L,
            1,
            250L,
            1,
            251L,
            3,
            65_535L,
            3,
            65_536L,
            4,
            16_777_215L,
            4,
            16_777_216L,
            9,
            -1L,
            9);
    lengths.forEach(
        (number, length) -> {
          ByteBuf buffer = Unpooled.buffer();
          new PayloadWriter(buffer).lengthEncoded(number);
          assertThat(buffer.readableBytes()).as("%d", number).isEqualTo(length);
        });
  }

  @Property
  void textRowsComeBack(@ForAll @Size(min = 1, max = 30) List<byte[]> values, @ForAll int nulls) {
    byte[][] row = values.toArray(byte[][]::new);
    for (int i = 0; i < row.length; i++) {
      if ((nulls & (1 << i)) != 0) {
        row[i] = null;
      }
    }
    ByteBuf buffer = Unpooled.buffer();
    new TextRow(row).write(buffer, 7);
    assertThat(TextRow.read(Bytes.payload(buffer), row.length)).isEqualTo(new TextRow(row));
  }

  @Property
  void binaryRowsComeBack(@ForAll long seed) {
    Random random = new Random(seed);
    List<ColumnType> types = new ArrayList<>();
    List<byte[]> values = new ArrayList<>();
    for (int i = random.nextInt(40); i >= 0; i--) {
      ColumnType type = ColumnType.values()[random.nextInt(ColumnType.values().length)];
      types.add(type);
      values.add(random.nextInt(4) == 0 ? null : value(type, random));
    }
    BinaryRow row = new BinaryRow(values.toArray(byte[][]::new));
    ByteBuf buffer = Unpooled.buffer();
    row.write(buffer, 0, types);
    assertThat(BinaryRow.read(Bytes.payload(buffer), types)).isEqualTo(row);
  }

  private static byte[] value(ColumnType type, Random random) {
    return switch (type.form()) {
      case ONE_BYTE -> Bytes.random(random, 1);
      case TWO_BYTES -> Bytes.random(random, 2);
      case FOUR_BYTES -> Bytes.random(random, 4);
      case EIGHT_BYTES -> Bytes.random(random, 8);
      case TEMPORAL ->
          Bytes.random(
              random,
              type == ColumnType.TIME
                  ? List.of(0, 8, 12).get(random.nextInt(3))
                  : List.of(0, 4, 7, 11).get(random.nextInt(4)));
      case LENGTH_ENCODED -> Bytes.random(random, random.nextInt(400));
      case NOTHING -> new byte[0];
    };
  }

  @Property
  void executionsComeBack(@ForAll long seed) {
    Random random = new Random(seed);
    List<StatementExecution.ParameterType> types = new ArrayList<>();
    List<StatementExecution.Parameter> parameters = new ArrayList<>();
    for (int i = random.nextInt(20); i > 0; i--) {
      ColumnType type = ColumnType.values()[random.nextInt(ColumnType.values().length)];
      types.add(new StatementExecution.ParameterType(type, random.nextBoolean()));
      parameters.add(
          switch (random.nextInt(4)) {
            case 0 -> new StatementExecution.Absent();
            case 1 -> new StatementExecution.SentBefore();
            default -> new StatementExecution.Value(value(type, random));
          });
    }
    StatementExecution execution = new StatementExecution(random.nextInt(), 1, types, parameters);
    ByteBuf buffer = Unpooled.buffer();
    execution.write(buffer);
    assertThat(
            StatementExecution.read(
                Bytes.payload(buffer),
                types.size(),
                List.of(),
                i -> parameters.get(i) instanceof StatementExecution.SentBefore))
        .isEqualTo(execution);
  }

  @Test
  void anExecutionWithoutTypesNeedsThoseOfBefore() {
    // One parameter, not NULL, no types sent.
    byte[] payload = {0x17, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 42};
    assertThatThrownBy(() -> StatementExecution.read(Bytes.of(payload), 1, List.of(), i -> false))
        .hasMessageContaining("no types of its 1 parameters");
    StatementExecution execution =
        StatementExecution.read(
            Bytes.of(payload),
            1,
            List.of(new StatementExecution.ParameterType(ColumnType.TINY, false)),
            i -> false);
    assertThat(execution.parameters())
        .containsExactly(new StatementExecution.Value(new byte[] {42}));
  }

  @Property
  void okPacketsComeBack(
      @ForAll long rows, @ForAll long id, @ForAll @IntRange(max = 65_535) int warnings) {
    OkPacket ok =
        new OkPacket(
            rows,
            id,
            ServerStatus.AUTOCOMMIT | ServerStatus.SESSION_STATE_CHANGED,
            warnings,
            "Rows matched: 1",
            List.of(
                new SessionChange.Schema("shop"), new SessionChange.Variable("autocommit", "ON")));
    ByteBuf buffer = Unpooled.buffer();
    ok.write(buffer, 1, Capability.SESSION_TRACK);
    assertThat(OkPacket.read(Bytes.payload(buffer), Capability.SESSION_TRACK)).isEqualTo(ok);
  }

  @Test
  void definitionsComeBack() {
    // The last is a type that no server has yet.
    for (int type : new int[] {ColumnType.NEWDECIMAL.number(), 0xf2, 0xf1}) {
      ColumnDefinition column =
          new ColumnDefinition("订单", "o", "orders", "größe", "size", 45, 255, type, 33, 2);
      ByteBuf buffer = Unpooled.buffer();
      column.write(buffer, 3, StandardCharsets.UTF_8);
      assertThat(ColumnDefinition.read(Bytes.payload(buffer), StandardCharsets.UTF_8))
          .isEqualTo(column);
    }
  }

  @Test
  void handshakesComeBack() {
    byte[] nonce = "abcdefghijklmnopqrst".getBytes(StandardCharsets.US_ASCII);
    Handshake handshake =
        new Handshake(
            "11.4.5-MariaDB",
            -2,
            nonce,
            Capability.PLUGIN_AUTH | Capability.DEPRECATE_EOF,
            45,
            2,
            AuthPlugin.CACHING_SHA2_PASSWORD);
    ByteBuf buffer = Unpooled.buffer();
    handshake.write(buffer, 0);
    Handshake read = Handshake.read(Bytes.payload(buffer));
    assertThat(read).usingRecursiveComparison().isEqualTo(handshake);
  }

  @Test
  void handshakeResponsesComeBack() {
    for (int capabilities :
        new int[] {
          Capability.PROTOCOL_41 | Capability.SECURE_CONNECTION,
          Capability.PROTOCOL_41,
          Capability.PROTOCOL_41
              | Capability.PLUGIN_AUTH
              | Capability.PLUGIN_AUTH_LENENC
              | Capability.CONNECT_WITH_DB
              | Capability.CONNECT_ATTRS
        }) {
      boolean full = Capability.has(capabilities, Capability.PLUGIN_AUTH);
      HandshakeResponse response =
          new HandshakeResponse(
              capabilities,
              1 << 24,
              28,
              "用户",
              new byte[] {1, 2, 3},
              full ? "订单" : null,
              full ? AuthPlugin.NATIVE_PASSWORD : null,
              full ? Map.of("_os", "Linux") : Map.of());
      ByteBuf buffer = Unpooled.buffer();
      response.write(buffer, 1);
      assertThat(HandshakeResponse.read(Bytes.payload(buffer)))
          .usingRecursiveComparison()
          .isEqualTo(response);
    }
  }

  @Test
  void changesOfUserComeBack() {
    int capabilities = Capability.SECURE_CONNECTION | Capability.PLUGIN_AUTH;
    ChangeUser change =
        new ChangeUser("other", new byte[20], "shop", 45, AuthPlugin.NATIVE_PASSWORD);
    ByteBuf buffer = Unpooled.buffer();
    change.write(buffer, capabilities, 45);
    assertThat(ChangeUser.read(Bytes.payload(buffer), capabilities, 45))
        .usingRecursiveComparison()
        .isEqualTo(change);
  }

  @Test
  void errorsComeBackWithAndWithoutState() {
    for (ErrPacket error :
        List.of(new ErrPacket(1064, "42000", "so nicht"), new ErrPacket(1040, "", "zu viele"))) {
      ByteBuf buffer = Unpooled.buffer();
      error.write(buffer, 1, StandardCharsets.UTF_8);
      assertThat(ErrPacket.read(Bytes.payload(buffer), StandardCharsets.UTF_8)).isEqualTo(error);
    }
  }

  /** Whatever bytes come: a packet or an error that says so, nothing else, and no endless loop. */
  @Property(tries = 3000)
  void garbageIsRefusedPolitely(@ForAll byte[] garbage, @ForAll @IntRange(max = 9) int as) {
    try {
      ByteBuf in = Unpooled.wrappedBuffer(garbage);
      switch (as) {
        case 0 -> Handshake.read(in);
        case 1 -> HandshakeResponse.read(in);
        case 2 -> ChangeUser.read(in, -1, 45);
        case 3 -> OkPacket.read(in, -1);
        case 4 -> ErrPacket.read(in, StandardCharsets.UTF_8);
        case 5 -> ColumnDefinition.read(in, StandardCharsets.UTF_8);
        case 6 -> TextRow.read(in, 3);
        case 7 -> BinaryRow.read(in, List.of(ColumnType.DATETIME, ColumnType.BLOB));
        case 8 -> StatementExecution.read(in, 2, List.of(), i -> false);
        default -> AuthPlugin.Switch.read(in);
      }
    } catch (ProxyException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Test
  void anErrorSaysWhatWhereAndHowMuch() {
    assertThatThrownBy(() -> TextRow.read(Bytes.of((byte) 9, (byte) 1), 1))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("malformed text row")
        .hasMessageContaining("9 bytes, of which only 1 are there")
        .hasMessageContaining("at byte 1");
  }
}
