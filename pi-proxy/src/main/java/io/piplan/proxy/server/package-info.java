/**
 * The server: clients' connections, their login, what holds back whom, starting and stopping. Puts
 * the other packages together; none of them knows it.
 */
package io.piplan.proxy.server;
