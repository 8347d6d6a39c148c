package io.piplan.embedded;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import javax.security.sasl.AuthenticationException;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hive.service.auth.PasswdAuthenticationProvider;

/**
 * Who may log in to an embedded HiveServer2 with {@code hive.server2.authentication=CUSTOM}: users
 * with a property {@code pi.password.<user>}. Used without any other class of this package.
 */
public final class HivePasswords implements PasswdAuthenticationProvider {
  private final HiveConf conf;

  public HivePasswords(HiveConf conf) {
    this.conf = conf;
  }

  @Override
  public void Authenticate(String user, String password) throws AuthenticationException {
    String right = conf.get("pi.password." + user);
    if (right == null
        || !MessageDigest.isEqual(
            right.getBytes(StandardCharsets.UTF_8), password.getBytes(StandardCharsets.UTF_8))) {
      throw new AuthenticationException("wrong user or password");
    }
  }
}
