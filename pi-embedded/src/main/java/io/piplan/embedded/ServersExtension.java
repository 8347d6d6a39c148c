package io.piplan.embedded;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test class {@code @ExtendWith(ServersExtension.class)} the {@link Servers} as a parameter
 * of its constructor, its {@code @BeforeAll} or its test methods; they end with the last test of
 * the JVM.
 */
public final class ServersExtension implements ParameterResolver {

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Servers.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(Namespace.create(ServersExtension.class))
        .getOrComputeIfAbsent(Servers.class, key -> new Servers(), Servers.class);
  }
}
