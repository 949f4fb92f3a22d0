import ctx from './ctx.ts';
import database from './database.ts';
import log from './log.ts';
import request from './request.ts';
import requests from './requests.ts';
import routes from './routes.ts';
import session from './session.ts';
import templates from './templates.ts';
import time from './time.ts';

/** The plugins that come with the package, in the order of `.help`. */
export default [routes, request, requests, ctx, templates, session, database, time, log];
