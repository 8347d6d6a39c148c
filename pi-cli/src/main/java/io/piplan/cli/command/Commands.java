package io.piplan.cli.command;

import java.lang.reflect.Constructor;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/** Makes commands; those that ask for it get the top command, which has the console. */
final class Commands implements IFactory {
  private final Pi top;

  Commands(Pi top) {
    this.top = top;
  }

  @Override
  public <K> K create(Class<K> type) throws Exception {
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (constructor.getParameterCount() == 1
          && constructor.getParameterTypes()[0].equals(Pi.class)) {
        return type.cast(constructor.newInstance(top));
      }
    }
    return CommandLine.defaultFactory().create(type);
  }
}
