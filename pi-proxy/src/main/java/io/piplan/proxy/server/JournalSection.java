package io.piplan.proxy.server;

import io.piplan.proxy.admin.JournalSettings;
import io.piplan.proxy.admin.JournalSettings.AuditLog;
import io.piplan.proxy.admin.JournalSettings.Audited;
import io.piplan.proxy.admin.JournalSettings.SlowLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** {@code slow_log}, {@code audit_log} and {@code statement_statistics} of the configuration. */
final class JournalSection {
  private JournalSection() {}

  /**
   * @param folder where files are that are named by a relative path
   */
  static JournalSettings read(ConfigSection top, Path folder) {
    ConfigSection statistics = top.section("statement_statistics");
    statistics.allow(Set.of("digests"));
    return new JournalSettings(
        slowLog(top.section("slow_log"), folder),
        auditLog(top.section("audit_log"), folder),
        statistics.isEmpty() ? 0 : statistics.integer("digests", 1000, 1, 100_000));
  }

  private static SlowLog slowLog(ConfigSection section, Path folder) {
    section.allow(Set.of("file", "longer_than", "values"));
    return section.isEmpty()
        ? null
        : new SlowLog(
            folder.resolve(section.required("file")),
            section.duration("longer_than", Duration.ofSeconds(1)),
            section.flag("values", false));
  }

  private static AuditLog auditLog(ConfigSection section, Path folder) {
    section.allow(Set.of("file", "statements", "values"));
    if (section.isEmpty()) {
      return null;
    }
    String wanted = section.text("statements", "changes");
    Audited statements =
        Stream.of(Audited.values())
            .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(wanted))
            .findFirst()
            .orElseThrow(
                () -> section.wrong("statements", "'" + wanted + "'", "none, changes or all"));
    return new AuditLog(
        folder.resolve(section.required("file")), statements, section.flag("values", false));
  }
}
