package io.piplan.dts.schema;

import java.util.Objects;

/**
 * What a source column becomes on a target.
 *
 * @param name the type's name as {@link io.piplan.dts.apply.MappedColumn#targetType} has it
 * @param ddl the type as DDL spells it, e.g. {@code numeric(20,0)}
 * @param loss what values of the source column the target cannot hold or show as they were, in
 *     words; empty if nothing is lost
 */
public record TargetType(String name, String ddl, String loss) {
  public TargetType {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(ddl, "ddl");
    Objects.requireNonNull(loss, "loss");
  }

  static TargetType of(String name) {
    return new TargetType(name, name, "");
  }

  static TargetType of(String name, String ddl) {
    return new TargetType(name, ddl, "");
  }

  TargetType losing(String what) {
    return new TargetType(name, ddl, loss.isEmpty() ? what : loss + "; " + what);
  }
}
