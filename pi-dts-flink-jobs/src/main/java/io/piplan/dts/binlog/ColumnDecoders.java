package io.piplan.dts.binlog;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import java.util.EnumSet;
import java.util.Set;

/**
 * Chooses how a column is read: by its physical type in the TABLE_MAP event, and by what only the
 * schema knows (sign, character set, labels, padding). Where the two contradict each other the
 * table has been changed since.
 */
final class ColumnDecoders {
  private static final Set<ColumnType> CHARACTERS =
      EnumSet.of(ColumnType.CHAR, ColumnType.VARCHAR, ColumnType.TEXT, ColumnType.JSON);

  private final TableId table;
  private final Lsn place;

  ColumnDecoders(TableId table, Lsn place) {
    this.table = table;
    this.place = place;
  }

  ColumnDecoder decoder(Column column, int type, int metadata) {
    return switch (type) {
      case PhysicalType.TINY -> integer(column, ColumnType.TINYINT, 1);
      case PhysicalType.SHORT -> integer(column, ColumnType.SMALLINT, 2);
      case PhysicalType.INT24 -> integer(column, ColumnType.MEDIUMINT, 3);
      case PhysicalType.LONG -> integer(column, ColumnType.INT, 4);
      case PhysicalType.LONGLONG -> integer(column, ColumnType.BIGINT, 8);
      case PhysicalType.FLOAT -> expect(column, ColumnType.FLOAT, Numbers::readFloat);
      case PhysicalType.DOUBLE -> expect(column, ColumnType.DOUBLE, Numbers::readDouble);
      case PhysicalType.NEWDECIMAL ->
          expect(column, ColumnType.DECIMAL, Numbers.decimal(metadata >> 8, metadata & 0xFF));
      case PhysicalType.YEAR -> expect(column, ColumnType.YEAR, Temporals::readYear);
      case PhysicalType.DATE -> expect(column, ColumnType.DATE, Temporals::readDate);
      case PhysicalType.TIME2 -> expect(column, ColumnType.TIME, Temporals.time(metadata));
      case PhysicalType.DATETIME2 ->
          expect(column, ColumnType.DATETIME, Temporals.datetime(metadata));
      case PhysicalType.TIMESTAMP2 ->
          expect(column, ColumnType.TIMESTAMP, Temporals.timestamp(metadata));
      case PhysicalType.TIME, PhysicalType.DATETIME, PhysicalType.TIMESTAMP ->
          oldTemporal(column, type);
      case PhysicalType.BIT ->
          expect(
              column,
              ColumnType.BIT,
              in -> in.take((metadata >> 8) + ((metadata & 0xFF) > 0 ? 1 : 0)));
      case PhysicalType.VARCHAR, PhysicalType.VAR_STRING -> text(column, metadata > 255 ? 2 : 1);
      case PhysicalType.BLOB -> blob(column, metadata);
      case PhysicalType.GEOMETRY ->
          expect(column, ColumnType.GEOMETRY, in -> in.take((int) in.little(metadata)));
      case PhysicalType.JSON -> expect(column, ColumnType.JSON, Texts.binaryJson(metadata));
      case PhysicalType.STRING, PhysicalType.ENUM, PhysicalType.SET -> string(column, metadata);
      default -> throw unsupported(column, "physical type " + type);
    };
  }

  private ColumnDecoder integer(Column column, ColumnType expected, int bytes) {
    return expect(
        column, expected, column.unsigned() ? Numbers.unsigned(bytes) : Numbers.signed(bytes));
  }

  private ColumnDecoder oldTemporal(Column column, int type) {
    if (column.scale() != 0) {
      throw unsupported(column, "the fractional time format of MariaDB before 10.1");
    }
    return switch (type) {
      case PhysicalType.TIME -> expect(column, ColumnType.TIME, Temporals::readOldTime);
      case PhysicalType.DATETIME -> expect(column, ColumnType.DATETIME, Temporals::readOldDatetime);
      default -> expect(column, ColumnType.TIMESTAMP, Temporals::readOldTimestamp);
    };
  }

  private ColumnDecoder string(Column column, int metadata) {
    StringLength string = StringLength.of(metadata);
    int bytes = metadata & 0xFF;
    return switch (string.type()) {
      case PhysicalType.ENUM ->
          expect(column, ColumnType.ENUM, Texts.enumeration(column.labels(), bytes));
      case PhysicalType.SET -> expect(column, ColumnType.SET, Texts.set(column.labels(), bytes));
      case PhysicalType.STRING -> fixed(column, string.length());
      default -> throw unsupported(column, "physical type " + string.type());
    };
  }

  private ColumnDecoder fixed(Column column, int length) {
    int prefix = length > 255 ? 2 : 1;
    return switch (column.type()) {
      case BINARY -> Texts.padded(prefix, length);
      case UUID -> FixedTypes.uuid(prefix);
      case INET -> FixedTypes.inet(prefix, length);
      default -> text(column, prefix);
    };
  }

  private ColumnDecoder text(Column column, int prefix) {
    if (column.type() == ColumnType.VARBINARY || column.type() == ColumnType.BINARY) {
      return Texts.raw(prefix);
    }
    return characters(column, prefix);
  }

  private ColumnDecoder blob(Column column, int prefix) {
    if (column.type() == ColumnType.BLOB) {
      return Texts.raw(prefix);
    }
    return characters(column, prefix);
  }

  private ColumnDecoder characters(Column column, int prefix) {
    if (!CHARACTERS.contains(column.type())) {
      throw changed(column);
    }
    return Texts.characters(table, column, prefix);
  }

  private ColumnDecoder expect(Column column, ColumnType expected, ColumnDecoder decoder) {
    if (column.type() != expected) {
      throw changed(column);
    }
    return decoder;
  }

  private DtsException changed(Column column) {
    return new DtsException(
        DtsError.SOURCE_SCHEMA_CHANGED,
        "column "
            + column.name()
            + " of "
            + table
            + " is "
            + column.columnType()
            + " now, but was of another type when the change at "
            + place
            + " was written to the binlog",
        "copy the table again: start the sync anew from a snapshot");
  }

  private DtsException unsupported(Column column, String what) {
    return new DtsException(
        DtsError.SOURCE_TYPE_UNSUPPORTED,
        "column "
            + column.name()
            + " of "
            + table
            + " is stored at "
            + place
            + " as "
            + what
            + ", which PiDTS can't read",
        "exclude the table, or rewrite it with a type of docs/types.md (ALTER TABLE … FORCE renews old time formats)");
  }
}
