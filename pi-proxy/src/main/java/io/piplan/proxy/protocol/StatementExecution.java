package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * COM_STMT_EXECUTE.
 *
 * @param types of the parameters, as sent now or, when the client leaves them out, as bound before
 */
public record StatementExecution(
    int statement, int cursor, List<ParameterType> types, List<Parameter> parameters) {
  public static final int NO_CURSOR = 0;
  public static final int READ_ONLY_CURSOR = 1;

  /** The type that a client binds a parameter with. */
  public record ParameterType(ColumnType type, boolean unsigned) {
    private static final int UNSIGNED = 0x80;
  }

  /** A parameter's value. */
  public sealed interface Parameter {}

  /** NULL. */
  public record Absent() implements Parameter {}

  /** It came before, in pieces, by COM_STMT_SEND_LONG_DATA. */
  public record SentBefore() implements Parameter {}

  /** The bytes as they are on the wire, see {@link BinaryRow}. */
  public record Value(byte[] bytes) implements Parameter {
    @Override
    public boolean equals(Object other) {
      return other instanceof Value value && java.util.Arrays.equals(bytes, value.bytes);
    }

    @Override
    public int hashCode() {
      return java.util.Arrays.hashCode(bytes);
    }
  }

  public StatementExecution {
    types = List.copyOf(types);
    parameters = List.copyOf(parameters);
  }

  /**
   * @param count how many parameters the statement has
   * @param boundBefore their types of the execution before; empty at the first
   * @param sentBefore whether the parameter with this index was sent in pieces
   */
  public static StatementExecution read(
      ByteBuf payload,
      int count,
      List<ParameterType> boundBefore,
      java.util.function.IntPredicate sentBefore) {
    PayloadReader in = new PayloadReader(payload, "COM_STMT_EXECUTE");
    in.skip(1);
    int statement = in.i4();
    int cursor = in.u1();
    in.skip(4);
    if (count == 0) {
      return new StatementExecution(statement, cursor, List.of(), List.of());
    }
    byte[] nulls = in.bytes((count + 7) / 8);
    List<ParameterType> types = boundBefore;
    if (in.u1() == 1) {
      types = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        ColumnType type = ColumnType.of(in.u1());
        types.add(new ParameterType(type, (in.u1() & ParameterType.UNSIGNED) != 0));
      }
    }
    if (types.size() != count) {
      throw in.broken("no types of its " + count + " parameters, at the first execution");
    }
    List<Parameter> parameters = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      if (sentBefore.test(i)) {
        parameters.add(new SentBefore());
      } else if (BinaryRow.isSet(nulls, i)) {
        parameters.add(new Absent());
      } else {
        parameters.add(new Value(BinaryRow.readValue(in, types.get(i).type())));
      }
    }
    in.end();
    return new StatementExecution(statement, cursor, types, parameters);
  }

  public void write(ByteBuf out) {
    ByteBuf payload = out.alloc().buffer();
    try {
      PayloadWriter to = new PayloadWriter(payload);
      to.u1(CommandCode.STMT_EXECUTE.number()).u4(statement).u1(cursor).u4(1);
      if (!parameters.isEmpty()) {
        writeParameters(to);
      }
      Frames.write(out, 0, payload);
    } finally {
      payload.release();
    }
  }

  private void writeParameters(PayloadWriter to) {
    byte[] nulls = new byte[(parameters.size() + 7) / 8];
    for (int i = 0; i < parameters.size(); i++) {
      if (parameters.get(i) instanceof Absent) {
        nulls[i / 8] |= (byte) (1 << (i % 8));
      }
    }
    to.bytes(nulls).u1(1);
    for (ParameterType type : types) {
      to.u1(type.type().number()).u1(type.unsigned() ? ParameterType.UNSIGNED : 0);
    }
    for (int i = 0; i < parameters.size(); i++) {
      if (parameters.get(i) instanceof Value value) {
        BinaryRow.writeValue(to, types.get(i).type(), value.bytes());
      }
    }
  }
}
