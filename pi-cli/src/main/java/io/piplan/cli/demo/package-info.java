/** The sample shop, a workload on it, and the demo that runs a sync of it from start to end. */
package io.piplan.cli.demo;
