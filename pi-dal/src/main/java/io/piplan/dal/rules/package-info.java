/**
 * The configuration document of PiDAL, its checks, and the shapes of the real tables. Pure: no node
 * is asked here.
 */
package io.piplan.dal.rules;
