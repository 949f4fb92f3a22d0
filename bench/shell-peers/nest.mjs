// The smallest application of Nest that has something to hold in its REPL: a module with one provider.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { repl } from '@nestjs/core';

class Prices {
  latest() {
    return 42;
  }
}
Injectable()(Prices);

class AppModule {}
Module({ providers: [Prices] })(AppModule);

await repl(AppModule);
